import * as z from 'zod';

import { addDays, localDate } from '../calendar.ts';
import { TERMS, type ProductName } from './products.ts';

/**
 * BUREAU_PULL and SOFT_PULL permit a credit report, ESIGN electronic records. AUTOMATED_DECISION records that the applicant
 * saw the notice of automated decisions at the point of interaction (Colorado SB 26-189).
 */
export const CONSENT_KINDS = ['BUREAU_PULL', 'ESIGN', 'SOFT_PULL', 'AUTOMATED_DECISION'] as const;
export type ConsentKind = (typeof CONSENT_KINDS)[number];

const consentVersion = () => z.string().regex(/^[0-9A-Za-z.-]{1,20}$/, 'not 1 to 20 letters, digits, dots and hyphens');
const instant = () => z.iso.datetime('not an instant in UTC such as 2026-11-01T00:00:00Z');

/** The longest text of a consent, in characters: some four printed pages. */
const MAX_TEXT = 10_000;

/** A version of a text that applicants consent to, and when front ends show it. */
const consentText = z.strictObject({
  version: consentVersion().describe('The version, as front ends send it'),
  text: z
    .string()
    .trim()
    .min(40, 'not a text of at least 40 characters')
    .max(MAX_TEXT, `not a text of at most ${MAX_TEXT} characters`)
    .regex(/^(?:[^\p{C}\p{Zl}\p{Zp}]|\n)*$/u, 'not visible characters and line breaks alone')
    .describe('The words that front ends show under this version; other words are another version'),
  from: instant().describe('The instant from which the text is shown, in UTC'),
  until: instant().optional().describe('The instant from which the text is no longer shown, in UTC'),
});
export type ConsentText = z.infer<typeof consentText>;

/** The versions of one text, such as the setting of a stage lists them. */
const consentTextVersions = () =>
  z
    .array(consentText)
    .min(1, 'not a list with at least one version')
    .refine(
      (texts) => new Set(texts.map(({ version }) => version)).size === texts.length,
      'not a list of different versions',
    )
    .refine(
      (texts) => texts.every(({ from, until }) => until === undefined || Date.parse(from) < Date.parse(until)),
      'not a list whose texts each end after they begin',
    );

export const consentTexts = z.strictObject({
  BUREAU_PULL: consentTextVersions().describe('The versions of the consent to obtain a credit report'),
  ESIGN: consentTextVersions().describe('The versions of the consent to electronic records'),
  SOFT_PULL: consentTextVersions().describe(
    'The versions of the consent to obtain a credit report that posts no inquiry, for a quote',
  ),
  AUTOMATED_DECISION: consentTextVersions().describe(
    'The versions of the notice that automated decision technology is used, which front ends show before they submit',
  ),
});
export type ConsentTexts = z.infer<typeof consentTexts>;

/** The version of the text that the applicant saw, and when the applicant consented, in UTC. */
const givenConsent = {
  textVersion: z
    .string('must be text')
    .regex(/^[0-9A-Za-z.-]{1,20}$/, 'must be the version of the text that was shown'),
  givenAt: z.iso.datetime('must be an instant in UTC, such as 2026-11-23T15:04:05Z'),
};
/** A consent with the words that the applicant saw, as an application keeps it. */
export const keptConsent = z.strictObject({
  kind: z.enum(CONSENT_KINDS, `must be ${CONSENT_KINDS.join(', ')}`),
  ...givenConsent,
  text: z.string(),
});
/** A consent to a credit report, as a reopening or the order of a new pull brings it. */
export const pullConsent = z.strictObject(givenConsent);
export type GivenConsent = z.infer<typeof pullConsent>;

/** How far a front end's clock may be ahead of this one: 300,000 ms = 5 minutes. */
const MAX_CLOCK_AHEAD_MS = 300_000;

const isShown = ({ from, until }: ConsentText, at: number): boolean =>
  Date.parse(from) <= at && (until === undefined || at < Date.parse(until));

/** The version of a text that front ends show at an instant; undefined where they show none. */
export function textShown(texts: readonly ConsentText[], at: string): string | undefined {
  return texts.findLast((text) => isShown(text, Date.parse(at)))?.version;
}

/** A version of a text as the registry lists it. */
export const listedText = z.strictObject({
  kind: z.enum(CONSENT_KINDS),
  version: z.string(),
  text: z.string(),
  from: z.string(),
  /** Null where the text has no end. */
  until: z.string().nullable(),
});

/**
 * Lists the texts of a lender, by kind and in the order of the settings.
 * @param at in UTC: only the texts that front ends show at this instant. @default every text
 */
export function textsOf(
  texts: ConsentTexts,
  { kind, at }: { readonly kind?: ConsentKind | undefined; readonly at?: string | undefined },
): z.infer<typeof listedText>[] {
  return CONSENT_KINDS.filter((each) => kind === undefined || each === kind).flatMap((each) =>
    texts[each]
      .filter((text) => at === undefined || isShown(text, Date.parse(at)))
      .map(({ version, text, from, until = null }) => ({ kind: each, version, text, from, until })),
  );
}

/** Adds to each consent the words of its text. @param texts of the lender, or of an application that keeps them. */
export function keptConsents<Given extends { readonly kind: ConsentKind; readonly textVersion: string }>(
  consents: readonly Given[],
  texts: readonly { readonly kind: ConsentKind; readonly version: string; readonly text: string }[],
): (Given & { readonly text: string })[] {
  return consents.map((consent) => {
    const known = texts.find(({ kind, version }) => kind === consent.kind && version === consent.textVersion);
    return { ...consent, text: known?.text ?? '' };
  });
}

/** What a consent is checked by. */
export interface ConsentRules {
  readonly lender: { readonly consentTexts: ConsentTexts; readonly timeZone: string };
  readonly product: ProductName;
}

/**
 * Checks a consent at an instant: the lender's text was shown when the consent was given, and a consent to a report is not
 * older than the product's period (15 USC 1681b(a)(3)(A): an inquiry needs a transaction that the consumer initiated).
 * @param at UTC.
 * @returns the fault, by the member of the consent; undefined where the consent counts.
 */
export function consentFault(
  consent: GivenConsent & { readonly kind: ConsentKind },
  at: string,
  { lender, product }: ConsentRules,
): { readonly path: keyof GivenConsent; readonly message: string } | undefined {
  const { kind, textVersion, givenAt } = consent;
  const texts = lender.consentTexts[kind];
  const given = Date.parse(givenAt);
  const text = texts.find(({ version }) => version === textVersion);
  const now = texts.filter((each) => isShown(each, Date.parse(at))).map(({ version }) => version);
  const inForce = `in force: ${now.join(', ') || 'none'}`;
  if (!text) {
    return { path: 'textVersion', message: `is no text of the lender: send the version that was shown (${inForce})` };
  }
  const fault = (message: string) => ({ path: 'givenAt' as const, message });
  if (given > Date.parse(at) + MAX_CLOCK_AHEAD_MS) return fault('is after now: send when the consent was given');
  if (!isShown(text, given)) {
    return fault(
      `is not in the time of its text, which was shown from ${text.from}${text.until ? ` until ${text.until}` : ''}: ` +
        `send when the consent was given, or obtain a new one (${inForce})`,
    );
  }
  const { consentDays } = TERMS[product];
  const { timeZone } = lender;
  const isOld = localDate(at, timeZone) > addDays(localDate(givenAt, timeZone), consentDays);
  return (kind === 'BUREAU_PULL' || kind === 'SOFT_PULL') && isOld
    ? fault(`is more than ${consentDays} days ago: obtain a new consent (${inForce})`)
    : undefined;
}

/** A consent to a credit report that the applicant gave at an instant, to the text that was shown then. */
export function pullConsentAt(
  givenAt: string,
  { BUREAU_PULL }: ConsentTexts,
): { textVersion: string; givenAt: string } {
  return { textVersion: textShown(BUREAU_PULL, givenAt) ?? 'none', givenAt };
}

/** The consents that an applicant gave at an instant, to the texts that were shown then. */
export function consentsAt(
  kinds: readonly ConsentKind[],
  givenAt: string,
  texts: ConsentTexts,
): (GivenConsent & { kind: ConsentKind })[] {
  return kinds.map((kind) => ({ kind, textVersion: textShown(texts[kind], givenAt) ?? 'none', givenAt }));
}
