import * as z from 'zod';

import type { JsonObject } from '../json.ts';
import { applicationId } from './application-id.ts';
import { isCalendarDate } from './local-date.ts';
import { PERSONAL_LOAN } from './products.ts';

export const STATES = (
  'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI ' +
  'SC SD TN TX UT VT VA WA WV WI WY'
).split(' ');

const text = (maximum: number) =>
  z
    .string('must be text')
    .trim()
    .min(1, 'is empty: send the value, or leave the field out if it is not known')
    .max(maximum, `is longer than ${maximum} characters`)
    // Characters that steer (control, line and paragraph separators, direction overrides) could rewrite a notice.
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]*$/u, 'has a control character: send plain text');

const MOST_CONSENTS = 10;

const date = z
  .string('must be text')
  .refine(isCalendarDate, 'must be a date of the calendar as YYYY-MM-DD, such as 1990-02-28');

function cents(minimum: number, maximum: number, what: string) {
  const range = `must be from ${dollars(minimum)} to ${dollars(maximum)}, in cents: ${minimum} to ${maximum}`;
  return z
    .number(`must be a number of whole cents without quotes, such as 1500000 for ${dollars(1_500_000)}`)
    .int(`must be whole cents: ${what} of 15,000.50 dollars is 1500050`)
    .min(minimum, `${range}. If dollars were sent, multiply by 100`)
    .max(maximum, range);
}

function dollars(amount: number): string {
  return `$${(amount / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`;
}

/** An object with these members and no others. */
function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) });
}

const identity = object({
  firstName: text(60),
  lastName: text(60),
  dateOfBirth: date.refine((birth) => birth >= '1900-01-01', 'must be 1900 or later'),
  ssn: z
    .string('must be text')
    .transform((digits) => digits.replaceAll('-', ''))
    .refine((digits) => /^\d{9}$/.test(digits), 'must be nine digits, with or without dashes'),
  email: z.email('must be an e-mail address').max(254, 'is longer than 254 characters'),
  phone: z
    .string('must be text')
    .regex(/^\+?[0-9 ()-]{7,20}$/, 'must be a telephone number')
    .optional(),
  address: object({
    street: text(120),
    city: text(60),
    state: z.enum(STATES, 'must be the two-letter code of a state or DC'),
    zip: z.string('must be text').regex(/^\d{5}(-\d{4})?$/, 'must be a ZIP code, such as 62701'),
  }),
});

const YEARS = 'must be a number of years from 0 to 60, or null where there is no job';

const consent = object({
  kind: z.enum(['BUREAU_PULL', 'ESIGN'], 'must be BUREAU_PULL or ESIGN'),
  /** The version of the text that the applicant saw. */
  textVersion: z
    .string('must be text')
    .regex(/^[0-9A-Za-z.-]{1,20}$/, 'must be the version of the text that was shown'),
  givenAt: z.iso.datetime('must be an instant in UTC, such as 2026-11-23T15:04:05Z'),
});

/** What a front end sends. Parts that may still be missing make the application incomplete, not malformed. */
export const submission = object({
  applicationId,
  product: z.literal('personal-loan', 'must be "personal-loan": no other product is offered yet'),
  request: object({
    amountCents: cents(...PERSONAL_LOAN.requestCents, 'an amount'),
    termMonths: z.literal([...PERSONAL_LOAN.termsMonths], `must be one of ${PERSONAL_LOAN.termsMonths.join(', ')}`),
    purpose: z.enum(
      ['DEBT_CONSOLIDATION', 'HOME_IMPROVEMENT', 'MAJOR_PURCHASE', 'MEDICAL', 'OTHER'],
      'must be DEBT_CONSOLIDATION, HOME_IMPROVEMENT, MAJOR_PURCHASE, MEDICAL or OTHER',
    ),
  }),
  applicant: identity,
  income: object({ annualGrossCents: cents(0, 1_000_000_000, 'an income') }).nullish(),
  employment: object({
    status: z.enum(
      ['EMPLOYED', 'SELF_EMPLOYED', 'RETIRED', 'NOT_EMPLOYED'],
      'must be EMPLOYED, SELF_EMPLOYED, RETIRED or NOT_EMPLOYED',
    ),
    /** Full years in the present job; null when there is none. */
    yearsInJob: z.number(YEARS).min(0, YEARS).max(60, YEARS).nullable(),
  }).nullish(),
  housing: object({
    status: z.enum(['OWN', 'MORTGAGE', 'RENT', 'OTHER'], 'must be OWN, MORTGAGE, RENT or OTHER'),
    monthlyPaymentCents: cents(0, 10_000_000, 'a payment'),
  }).nullish(),
  consents: z
    .array(consent, 'must be a list')
    .max(MOST_CONSENTS, `has more than ${MOST_CONSENTS}: send one of each kind`)
    .refine(
      (consents) => consents.some(({ kind }) => kind === 'BUREAU_PULL'),
      'has no BUREAU_PULL: no report may be pulled without the applicant’s consent; ask for it, then send it here',
    ),
});

export type Submission = z.infer<typeof submission>;
export type Identity = z.infer<typeof identity>;
export const identitySchema = identity;

/** What every step but screening, the bureau pull and the notices works with: nobody is named in it. */
export const application = z.strictObject({
  schemaVersion: z.literal(1),
  applicationId,
  product: z.literal('personal-loan'),
  request: submission.shape.request,
  residence: z.strictObject({ state: z.enum(STATES) }),
  income: submission.shape.income,
  employment: submission.shape.employment,
  housing: submission.shape.housing,
  consents: z.array(consent),
  /** Keyed digest of the identity: binds it to this content without telling it. */
  identityDigest: z.string(),
});
export type Application = z.infer<typeof application>;

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export type ParsedSubmission =
  | { readonly ok: true; readonly submission: Submission }
  | { readonly ok: false; readonly errors: FieldError[] };

/** Names that front ends send by mistake, and what they meant. */
const RENAMED: Record<string, string> = {
  amount: 'amountCents, in whole cents',
  amountDollars: 'amountCents, in whole cents',
  annualGross: 'annualGrossCents, in whole cents',
  monthlyPayment: 'monthlyPaymentCents, in whole cents',
  dob: 'dateOfBirth',
};

/**
 * Reads a submission and finds every fault in it at once.
 *
 * Messages name the field and the way out and never repeat a value, which may be personal.
 */
export function parseSubmission(value: unknown): ParsedSubmission {
  const parsed = submission.safeParse(value);
  if (parsed.success) return { ok: true, submission: parsed.data };
  return { ok: false, errors: fieldErrors(parsed.error, value) };
}

/** One error a fault, in the order of the paths. */
export function fieldErrors(error: z.ZodError, value?: unknown): FieldError[] {
  const errors = error.issues.flatMap((issue): FieldError[] => {
    const at = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...at, safeName(key)].join('.'), message: unknownField(key) }));
    }
    if (issue.code === 'invalid_type' && at.length === 0) return [{ path: '', message: 'must be a JSON object' }];
    if (issue.code === 'invalid_type' && valueAt(value, issue.path) === undefined) {
      return [{ path: at.join('.'), message: 'is missing: send it' }];
    }
    return [{ path: at.join('.'), message: issue.message }];
  });
  return errors.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function unknownField(key: string): string {
  const renamed = Object.hasOwn(RENAMED, key) ? RENAMED[key] : undefined;
  return renamed ? `is not a field: send ${renamed}` : 'is not a field of an application: leave it out';
}

/** A field's name is the sender's text: only a plain one is repeated. */
function safeName(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,39}$/.test(key) ? key : '(unusable name)';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      inner !== null && typeof inner === 'object' ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** Splits a submission into the application and the identity; the digest binds the two. */
export function splitSubmission(
  sent: Submission,
  identityDigest: string,
): { application: Application & JsonObject; identity: Identity & JsonObject } {
  const { applicant, applicationId, product, request, income, employment, housing, consents } = sent;
  return {
    application: {
      schemaVersion: 1,
      applicationId,
      product,
      request,
      residence: { state: applicant.address.state },
      income: income ?? null,
      employment: employment ?? null,
      housing: housing ?? null,
      consents,
      identityDigest,
    },
    identity: applicant,
  };
}
