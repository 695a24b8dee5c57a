import * as z from 'zod';

import { consentTexts } from './application/consents.ts';
import { LENDER_TYPES } from './pricing/rate-caps.ts';

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en-US', { timeZone: name }));
  } catch {
    return false;
  }
}

/** One line that a notice can print. */
const line = () =>
  z
    .string()
    .trim()
    .max(200)
    .regex(/[\p{L}\p{N}]/u, 'not a text with a letter or a digit')
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'not one line of visible characters');

/**
 * The agencies of 12 CFR 1002 Appendix A, as amended from 2024-03-20 (88 FR 16531), with their names and addresses. FTC is
 * confirmed; the other rows are [from memory]: counsel checks them.
 */
const ECOA_AGENCIES = {
  FTC: 'Federal Trade Commission, Consumer Response Center, 600 Pennsylvania Avenue NW, Washington, DC 20580',
  OCC: 'Office of the Comptroller of the Currency, Customer Assistance Group, P.O. Box 53570, Houston, TX 77052',
  FRB: 'Federal Reserve Consumer Help Center, P.O. Box 1200, Minneapolis, MN 55480',
  FDIC:
    'Division of Depositor and Consumer Protection, National Center for Consumer and Depositor Assistance, Federal Deposit ' +
    'Insurance Corporation, 1100 Walnut Street, Box #11, Kansas City, MO 64106',
  NCUA: 'National Credit Union Administration, Office of Consumer Financial Protection, 1775 Duke Street, Alexandria, VA 22314',
  CFPB: 'Bureau of Consumer Financial Protection, 1700 G Street NW, Washington, DC 20552',
} as const;
type EcoaAgency = keyof typeof ECOA_AGENCIES;

/**
 * The agencies that can administer compliance of a lender, by its type. A bank's depends on its charter and size, so its
 * settings name one. For the other types the first applies unless the settings name another.
 */
const AGENCIES_OF: Readonly<Record<(typeof LENDER_TYPES)[number], readonly EcoaAgency[]>> = {
  BANK_HOME_STATE: ['OCC', 'FRB', 'FDIC', 'CFPB'],
  BANK_EXPORT: ['OCC', 'FRB', 'FDIC', 'CFPB'],
  FEDERAL_CREDIT_UNION: ['NCUA', 'CFPB'],
  STATE_LICENSEE: ['FTC'],
  UNLICENSED: ['FTC'],
};
const mustName = (type: Lender['type']): boolean => type === 'BANK_HOME_STATE' || type === 'BANK_EXPORT';

/** The lender's agency of 12 CFR 1002 Appendix A, with its address, as adverse action notices name it. */
export function agencyOf({ agency, type }: Pick<Lender, 'agency' | 'type'>): string {
  return ECOA_AGENCIES[agency ?? AGENCIES_OF[type][0] ?? 'FTC'];
}

/** What is wrong with the agency of a lender's settings; undefined where nothing is. */
function agencyFault({ agency, type }: Pick<Lender, 'agency' | 'type'>): string | undefined {
  const agencies = AGENCIES_OF[type];
  if (agency === undefined) {
    return mustName(type) ? `is missing: give the agency of this ${type}, one of ${agencies.join(', ')}` : undefined;
  }
  if (agencies.includes(agency)) return undefined;
  return `is not an agency of a ${type}: give ${mustName(type) ? 'one of ' : 'none, or '}${agencies.join(', ')}`;
}

/**
 * Which scores the lender discloses as credit scores (15 USC 1681m(a)(2), 1681g(f)(2)(A)). OWN and BOTH count the score of the
 * lender's own model. A bureau's score that was used is disclosed under every setting.
 */
const SCORE_DISCLOSURES = ['OWN', 'BUREAU', 'BOTH'] as const;
export type ScoreDisclosure = (typeof SCORE_DISCLOSURES)[number];

/** The lender of record: the party that applicants contract with. */
const lenderSettings = z.strictObject({
  name: line().describe('The legal name, as notices and decision files print it'),
  address: line().describe('The postal address on one line, as notices print it'),
  telephone: line().describe('The telephone number for applicants'),
  agency: z
    .enum(Object.keys(ECOA_AGENCIES) as [EcoaAgency, ...EcoaAgency[]])
    .optional()
    .describe(
      "The key of the lender's agency of 12 CFR 1002 Appendix A, which adverse action notices name; a bank gives it, and " +
        'the type selects it for other lenders',
    ),
  applicantUrl: z
    .url({ protocol: /^https$/, error: 'not an https address' })
    .max(200)
    .regex(/^[!-~]+\/$/, 'not an address that ends with a slash')
    .describe(
      'The https address, with a final slash, where applicants answer, accept and correct; the id of the application is ' +
        'appended to it',
    ),
  timeZone: z
    .string()
    .refine(isTimeZone, 'not a known time zone')
    .describe("The IANA name of the lender's time zone, such as America/Chicago: legal periods count its local dates"),
  consentTexts: consentTexts.describe(
    'The texts that applicants consent to, each with the time in which front ends show it; a consent to another text, or ' +
      'of another time, does not count',
  ),
  scoreDisclosure: z
    .enum(SCORE_DISCLOSURES)
    .default('BOTH')
    .describe(
      "Which scores count as credit scores: OWN or BOTH include the score of the lender's own model; BUREAU leaves it out. A " +
        "bureau's score that a decision used is always disclosed",
    ),
  type: z.enum(LENDER_TYPES).describe('The charter or license that decides which state rate caps apply'),
});
/** As `lenderSettings`, with the agency checked against the type. */
export const lender = lenderSettings.superRefine((settings, context) => {
  const message = agencyFault(settings);
  if (message) context.addIssue({ code: 'custom', path: ['agency'], message, params: { plain: true } });
});
export type Lender = z.infer<typeof lenderSettings>;

/** The facts of the lender that a decision depends on: which rate caps apply, and which day an instant falls on. */
export type DecidingLender = Pick<Lender, 'type' | 'timeZone'>;

/** The lender of policy results that record none: earlier releases knew no other. */
export const UNRECORDED_LENDER: DecidingLender = { type: 'STATE_LICENSEE', timeZone: 'America/Chicago' };

/** Those facts alone, as policy results record them. */
export const decidingLender = ({ type, timeZone }: Lender): DecidingLender => ({ type, timeZone });

export const LENDING_MODES = ['sandbox', 'production'] as const;

/** In `production` a rate cap that counsel has not confirmed does not count, so nothing is offered under it. */
export type LendingMode = (typeof LENDING_MODES)[number];

/** The mode and the lender of a deployment. */
const lendingSettings = z.strictObject({ mode: z.enum(LENDING_MODES), lender });
export type LendingSettings = z.infer<typeof lendingSettings>;

/** The words of each consent text, by its kind and version. */
const consentWords = z.record(z.string(), z.record(z.string(), z.string()));

const WITHOUT_WORDS = lendingSettings.extend({
  lender: z.looseObject({ consentTexts: z.record(z.string(), z.array(z.looseObject({ version: z.string() }))) }),
});

/**
 * Returns the settings with the words of their texts again.
 * @param words by kind and version; undefined for a reader of records, which records no consent. @throws z.ZodError
 */
export function withWords(settings: unknown, words: unknown): LendingSettings {
  const { mode, lender: rest } = WITHOUT_WORDS.parse(settings);
  const known = words === undefined ? undefined : consentWords.parse(words);
  const unread = 'The settings of an auditor leave out the words of this text.';
  const consentTexts = Object.entries(rest.consentTexts).map(([kind, texts]) => [
    kind,
    texts.map((text) => ({ ...text, text: known ? known[kind]?.[text.version] : unread })),
  ]);
  return lendingSettings.parse({ mode, lender: { ...rest, consentTexts: Object.fromEntries(consentTexts) } });
}
