import type { Json, JsonObject } from '../json.ts';
import { canonicalJson } from '../ledger/canonical-json.ts';
import type { keptConsents } from './consents.ts';
import { application, fieldErrors, type Application, type FieldError } from './submission.ts';

/** Why an applicant amends an application: to send what was missing, or to correct what was stated. */
export type Amending = 'COMPLETED' | 'CORRECTED';

/** The words of each version of the texts that applicants consent to. */
type ConsentWords = Parameters<typeof keptConsents>[1];

const IDENTITY =
  'cannot be amended, because reports and screening are of this identity: withdraw the application and send a new one';
const OF_THE_SYSTEM = 'is not a field here: leave it out';

/** The members that no amendment changes, and what to do instead. */
const FIXED: Readonly<Record<string, string>> = {
  applicationId: 'is in the path of the request: leave it out',
  product: 'cannot be amended: withdraw the application and send a new one for the other product',
  applicant: IDENTITY,
  residence: IDENTITY,
  prequalification: 'cannot be amended: the application keeps the quote with which it was received',
  identityDigest: OF_THE_SYSTEM,
  schemaVersion: OF_THE_SYSTEM,
};

export type Amended =
  | { readonly ok: true; readonly application: Application }
  | { readonly ok: false; readonly errors: FieldError[] };

/**
 * Puts what an applicant sends into an application. A part that is sent replaces the part, such as `income`; of `request`
 * the members that are sent replace those members; a consent replaces the consents of its kind.
 * @param missing the paths that a completion may fill; null for a correction. @param texts the words of the consents.
 * @returns every fault at once, by the path in the content.
 */
export function amend(
  before: Application,
  content: JsonObject,
  missing: readonly string[] | null,
  texts: ConsentWords,
): Amended {
  const fixed = Object.entries(content).flatMap(([path, value]): FieldError[] => {
    if (Object.hasOwn(FIXED, path)) return [{ path, message: FIXED[path] ?? '' }];
    return value === null ? [{ path, message: 'cannot be removed: send the value, or leave the field out' }] : [];
  });
  fixed.push(...consentFaults(before, content['consents']));
  const named = new Set(fixed.map(({ path }) => path));
  const sent = Object.fromEntries(Object.entries(content).filter(([name]) => !named.has(name)));
  const merged = mergedWith(before, sent, texts);
  const parsed = application.safeParse(merged);
  const malformed = [...fixed, ...(parsed.success ? [] : fieldErrors(parsed.error, sent))];
  const changed = changedPaths(before, merged);
  const refused = missing ? completionErrors(changed, missing) : correctionErrors(changed);
  // A fault of a field already says what to do.
  const errors = malformed.length > 0 ? [...malformed, ...refused.filter(isOther(malformed))] : refused;
  if (parsed.success && errors.length === 0) return { ok: true, application: parsed.data };
  return { ok: false, errors };
}

/** Whether a fault is of a field that has none of the others. A field within it may have one. */
const isOther =
  (others: readonly FieldError[]) =>
  ({ path }: FieldError): boolean =>
    path !== '' && !others.some((each) => each.path === path);

function completionErrors(changed: readonly string[], missing: readonly string[]): FieldError[] {
  const filled = changed.filter((path) => path !== 'consents');
  const all = missing.join(', ');
  if (filled.length === 0) return [{ path: '', message: `has nothing that was missing: send ${all}` }];
  return filled
    .filter((path) => !missing.includes(path))
    .map((path) => ({ path, message: `was not missing: complete what was (${all}), or send a correction` }));
}

const correctionErrors = (changed: readonly string[]): FieldError[] =>
  changed.length > 0
    ? []
    : [{ path: '', message: 'changes nothing: send the fields to correct, with their right values' }];

/** Whether the records permit an amendment: it changes no fixed member, and a completion only what was missing. */
export function isAmendment(before: Application, after: Application, missing: readonly string[] | null): boolean {
  const changed = changedPaths(before, after);
  return (
    changed.length > 0 &&
    changed.every((path) => !Object.hasOwn(FIXED, path)) &&
    (missing === null || changed.every((path) => path === 'consents' || missing.includes(path)))
  );
}

/** The members that differ: those of `request` each, and the others as a whole. */
function changedPaths(before: Application, after: object): string[] {
  const differing = (one: object, other: object, prefix = ''): string[] =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])]
      .filter((name) => !same(member(one, name), member(other, name)))
      .map((name) => prefix + name);
  const request = member(after, 'request');
  return differing(before, after).flatMap((name) =>
    name === 'request' && typeof request === 'object' && request !== null
      ? differing(before.request, request, 'request.')
      : [name],
  );
}

const member = (of: object, name: string): unknown => (of as Record<string, unknown>)[name];

const same = (one: unknown, other: unknown): boolean => canonicalJson(one ?? null) === canonicalJson(other ?? null);

function mergedWith(before: Application, sent: JsonObject, texts: ConsentWords): JsonObject {
  const { request, consents } = sent;
  return {
    ...(before as Application & JsonObject),
    ...sent,
    ...(isObject(request) && { request: { ...(before.request as JsonObject), ...request } }),
    ...(Array.isArray(consents) && { consents: [...withWords(consents, texts), ...otherConsents(before, consents)] }),
  };
}

/** The consents that are sent, each with the words of its text. */
function withWords(consents: readonly Json[], texts: ConsentWords): Json[] {
  return consents.map((each) => {
    if (!isObject(each)) return each;
    const known = texts.find(({ kind, version }) => kind === each['kind'] && version === each['textVersion']);
    return { ...each, text: known?.text ?? '' };
  });
}

/** What a consent gets that changes nothing after the receipt. */
export const NO_EFFECT = 'has no effect here: send BUREAU_PULL or ESIGN, or leave the consent out';

/** The words are the lender's, so a front end sends none. A quote is over, and the notice of automated decisions is shown once. */
function consentFaults(before: Application, consents: Json | undefined): FieldError[] {
  if (!Array.isArray(consents)) return [];
  const wasShown = before.consents.some(({ kind }) => kind === 'AUTOMATED_DECISION');
  return consents.flatMap((each, index) => {
    if (!isObject(each)) return [];
    const errors: FieldError[] = [];
    if (each['kind'] === 'SOFT_PULL' || (each['kind'] === 'AUTOMATED_DECISION' && wasShown)) {
      errors.push({ path: `consents.${index}.kind`, message: NO_EFFECT });
    }
    if (Object.hasOwn(each, 'text')) {
      errors.push({ path: `consents.${index}.text`, message: 'is not a field here: leave it out' });
    }
    return errors;
  });
}

/** The earlier consents of kinds that are not sent. They follow the sent ones, so that the paths of faults are theirs. */
function otherConsents({ consents }: Application, sent: readonly Json[]): Json[] {
  const kinds = new Set(sent.map((each) => (isObject(each) ? each['kind'] : undefined)));
  return consents.filter(({ kind }) => !kinds.has(kind)).map((each) => ({ ...each }));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
