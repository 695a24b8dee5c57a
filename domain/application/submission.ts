import * as z from 'zod';

import { isCalendarDate } from '../calendar.ts';
import type { JsonObject } from '../json.ts';
import { formatDollars } from '../money.ts';
import { applicationId } from './application-id.ts';
import { keptConsent, keptConsents } from './consents.ts';
import { AUTO_LOAN, CREDIT_LINE, LINE_PLANS, PERSONAL_LOAN, PRODUCT_NAMES } from './products.ts';

/** The codes of the postal service: states and DC, territories and freely associated states, and the addresses of the armed forces. */
const STATES = (
  'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI ' +
  'SC SD TN TX UT VT VA WA WV WI WY AS FM GU MH MP PR PW VI AA AE AP'
).split(' ');

const text = (maximum: number, empty = 'is empty: send the value') =>
  z
    .string('must be text')
    .trim()
    .min(1, empty)
    .max(maximum, `is longer than ${maximum} characters`)
    // Characters that steer (control, line and paragraph separators, direction overrides) could rewrite a notice.
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]*$/u, 'has a control character: send plain text');

/** What is not seen (direction overrides are told by `text`) keeps a name from being compared with a list while it still looks the same. */
const name = (empty?: string) =>
  text(60, empty)
    .regex(
      /^(?:[^\p{Cf}\p{Default_Ignorable_Code_Point}]|[\u202A-\u202E\u2066-\u2069])*$/u,
      'has an invisible character (zero-width, soft hyphen or joiner): send the visible letters alone',
    )
    .regex(/^$|\p{L}/u, 'has no letter: send the name as it is written');

const MAX_CONSENTS = 10;

const date = z
  .string('must be text')
  .refine(isCalendarDate, 'must be a date of the calendar as YYYY-MM-DD, such as 1990-02-28');

function cents(minimum: number, maximum: number, what: string) {
  const range = `must be from ${formatDollars(minimum)} to ${formatDollars(maximum)}, in cents: ${minimum} to ${maximum}`;
  return z
    .number(`must be a number of whole cents without quotes, such as 1500000 for ${formatDollars(1_500_000)}`)
    .int(`must be whole cents: ${what} of 15,000.50 dollars is 1500050`)
    .min(minimum, `${range}. If dollars were sent, multiply by 100`)
    .max(maximum, range);
}

/** An object with these members and no others. */
function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) });
}

/** Three digits, two and four, apart from each other by dashes, by spaces or not at all. */
const SSN = /^(?:\d{9}|\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4})$/;
/** Of North America, as people write it: +1 (217) 555-0100, 217.555.0100 x123. */
const AMERICAN_PHONE =
  /^(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\)|[2-9]\d{2})[ .-]?[2-9]\d{2}[ .-]?\d{4}(?: ?(?:x|ext\.?|#) ?\d{1,6})?$/i;
/** Of other countries (ITU-T E.164): a plus sign and 8 to 15 digits. */
const OTHER_PHONE = /^\+(?!1)(?=(?:\D*\d){8,15}$)\d{1,3}(?:[ .-]?(?:\(\d{1,4}\)|\d{1,12}))+$/;

const identity = object({
  /** Null for a person who has one name: it is the last. */
  firstName: name('is empty: send the name, or null for a person who has one name, which is the last').nullable(),
  lastName: name(),
  dateOfBirth: date.refine((birth) => birth >= '1900-01-01', 'must be 1900 or later'),
  ssn: z
    .string('must be text')
    .regex(SSN, 'must be nine digits, as 900010016, 900-01-0016 or 900 01 0016')
    .transform((digits) => digits.replaceAll(/\D/g, '')),
  email: z.email('must be an e-mail address').max(254, 'is longer than 254 characters'),
  phone: z
    .string('must be text')
    .trim()
    .max(40, 'is longer than 40 characters')
    .refine(
      (phone) => AMERICAN_PHONE.test(phone) || OTHER_PHONE.test(phone),
      'must be a telephone number with its area code, such as 217-555-0100 x123, or with a plus sign and its country',
    )
    .optional(),
  address: object({
    street: text(120),
    city: text(60),
    state: z.enum(STATES, 'must be the two-letter code of a state, DC, a territory or the armed forces (AA, AE, AP)'),
    zip: z.string('must be text').regex(/^\d{5}(-\d{4})?$/, 'must be a ZIP code, such as 62701'),
  }),
});

const YEARS = 'must be a number of years from 0 to 60, or null where there is no job';

const { text: _, ...sentConsent } = keptConsent.shape;
const consent = object(sentConsent);

/** Below it, a year's income is more likely another period's or in another unit: a year of SSI is more [from memory]. */
const DOUBTED_INCOME_CENTS = 1_000_000;

const income = object({
  annualGrossCents: cents(0, 1_000_000_000, 'an income'),
  /** The applicant was asked about a yearly income below 10,000 dollars, and confirmed it. */
  lowIncomeConfirmed: z.literal(true, 'must be true: leave it out where the applicant was not asked').optional(),
}).refine(
  ({ annualGrossCents: income, lowIncomeConfirmed }) =>
    income <= 0 || income >= DOUBTED_INCOME_CENTS || lowIncomeConfirmed === true,
  {
    path: ['annualGrossCents'],
    error:
      `is less than ${formatDollars(DOUBTED_INCOME_CENTS)} a year: if dollars were sent, multiply by 100; if a month's pay, ` +
      'by 12. If it is right, send lowIncomeConfirmed: true beside it',
  },
);

/** How ids of prequalifications begin, which no application has. */
const PREQUALIFICATION_PREFIX = 'prequal-';
const prequalificationId = applicationId.refine(
  (id) => id.startsWith(PREQUALIFICATION_PREFIX),
  `must begin with ${PREQUALIFICATION_PREFIX}, such as ${PREQUALIFICATION_PREFIX}01J9ZQ4YH7`,
);

/** What every product asks for. Parts that may still be missing make the application incomplete, not malformed. */
const common = {
  applicationId: applicationId.refine(
    (id) => !id.startsWith(PREQUALIFICATION_PREFIX),
    `starts with ${PREQUALIFICATION_PREFIX}, as ids of prequalifications do: use another id`,
  ),
  applicant: identity,
  income: income.nullable().default(null),
  employment: object({
    status: z.enum(
      ['EMPLOYED', 'SELF_EMPLOYED', 'RETIRED', 'NOT_EMPLOYED'],
      'must be EMPLOYED, SELF_EMPLOYED, RETIRED or NOT_EMPLOYED',
    ),
    /** Full years in the present job; null when there is none. */
    yearsInJob: z.number(YEARS).min(0, YEARS).max(60, YEARS).nullable(),
  })
    .nullable()
    .default(null),
  housing: object({
    status: z.enum(['OWN', 'MORTGAGE', 'RENT', 'OTHER'], 'must be OWN, MORTGAGE, RENT or OTHER'),
    monthlyPaymentCents: cents(0, 10_000_000, 'a payment'),
  })
    .nullable()
    .default(null),
  consents: consentsWith('BUREAU_PULL'),
  /** The prequalification whose quote the application continues. */
  prequalification: prequalificationId.optional(),
};

/** The consents of a request, one of which permits its report. */
function consentsWith(needed: 'BUREAU_PULL' | 'SOFT_PULL') {
  return z
    .array(consent, 'must be a list')
    .max(MAX_CONSENTS, `has more than ${MAX_CONSENTS}: send one of each kind`)
    .refine(
      (consents) => consents.some(({ kind }) => kind === needed),
      `has no ${needed}: no report may be pulled without the applicant’s consent; ask for it, then send it here`,
    );
}

const termOf = (months: readonly number[]) => z.literal([...months], `must be one of ${months.join(', ')}`);

const personalLoan = object({
  ...common,
  product: z.literal('personal-loan'),
  request: object({
    amountCents: cents(...PERSONAL_LOAN.requestCents, 'an amount'),
    termMonths: termOf(PERSONAL_LOAN.termsMonths),
    purpose: z.enum(
      ['DEBT_CONSOLIDATION', 'HOME_IMPROVEMENT', 'MAJOR_PURCHASE', 'MEDICAL', 'OTHER'],
      'must be DEBT_CONSOLIDATION, HOME_IMPROVEMENT, MAJOR_PURCHASE, MEDICAL or OTHER',
    ),
  }),
});

const MILES = 'must be whole miles, 0 to 500000';
const MODEL_YEAR = 'must be the model year, 1980 to 2100';

/** The identification number of the vehicle is left out: it leads to its owner. */
const vehicle = object({
  year: z.int(MODEL_YEAR).min(1980, MODEL_YEAR).max(2100, MODEL_YEAR),
  mileage: z.int(MILES).min(0, MILES).max(500_000, MILES),
  valueCents: cents(100_000, 30_000_000, 'a value'),
  valueSource: z.enum(
    ['DEALER_INVOICE', 'GUIDE_BOOK', 'APPRAISAL'],
    'must be DEALER_INVOICE, GUIDE_BOOK or APPRAISAL: who says what the vehicle is worth',
  ),
});

const autoLoan = object({
  ...common,
  product: z.literal('auto-loan'),
  request: object({
    purpose: z.enum(['PURCHASE', 'REFINANCE'], 'must be PURCHASE or REFINANCE'),
    /** Everything that the loan pays for. */
    amountCents: cents(...AUTO_LOAN.requestCents, 'an amount'),
    termMonths: termOf(AUTO_LOAN.termsMonths),
    vehicle,
    downPaymentCents: cents(0, 30_000_000, 'a down payment'),
    tradeInValueCents: cents(0, 30_000_000, 'a trade-in'),
    /** What is still owed on the vehicle traded in above its value, and paid by this loan. */
    negativeEquityCents: cents(0, 10_000_000, 'negative equity'),
    /** Within the amount: guaranteed asset protection, and a service contract. */
    gapCents: cents(0, 1_000_000, 'a price'),
    serviceContractCents: cents(0, 1_000_000, 'a price'),
    /** The loan that a refinance pays off. */
    currentLoan: object({
      payoffCents: cents(1, 10_000_000, 'a payoff'),
      monthlyPaymentCents: cents(0, 1_000_000, 'a payment'),
    })
      .nullable()
      .default(null),
  }).superRefine(({ purpose, currentLoan }, context) => {
    if (purpose === 'PURCHASE' && currentLoan) {
      context.addIssue({ code: 'custom', path: ['currentLoan'], message: 'is for REFINANCE: leave it out' });
    }
  }),
});

const creditLine = object({
  ...common,
  product: z.literal('credit-line'),
  request: object({
    /** None: as much as the policy gives. */
    limitCents: cents(...CREDIT_LINE.requestCents, 'a limit')
      .nullable()
      .default(null),
    plan: z.enum(LINE_PLANS, `must be ${LINE_PLANS.join(' or ')}`),
  }),
  deposits: object({
    /** Into the applicant's account, without transfers of their own. As stated. */
    averageMonthlyNetCents: cents(0, 100_000_000, 'an average of deposits'),
    payFrequency: z.enum(
      ['WEEKLY', 'BIWEEKLY', 'SEMI_MONTHLY', 'MONTHLY'],
      'must be WEEKLY, BIWEEKLY, SEMI_MONTHLY or MONTHLY',
    ),
  })
    .nullable()
    .default(null),
});

/** What a front end sends. */
export const submission = z.discriminatedUnion('product', [personalLoan, autoLoan, creditLine]);
export type Submission = z.infer<typeof submission>;
export type Identity = z.infer<typeof identity>;
export const identitySchema = identity;

/** What an applicant sends to complete or to correct an application: parts of a submission, and members of its request. */
export const amendment = object({
  income: income.optional(),
  employment: common.employment.unwrap().unwrap().optional(),
  housing: common.housing.unwrap().unwrap().optional(),
  request: z.looseObject({}).optional(),
  deposits: creditLine.shape.deposits.unwrap().unwrap().optional(),
  consents: z.array(consent).max(MAX_CONSENTS).optional(),
});

/** As in a submission, with an id of its own and the consent to a report that posts no inquiry. */
const quoted = {
  prequalificationId,
  consents: consentsWith('SOFT_PULL'),
};
const unquoted = { applicationId: true, consents: true, prequalification: true } as const;

/** What a front end sends to have a rate quoted. */
export const prequalificationRequest = z.discriminatedUnion('product', [
  personalLoan.omit(unquoted).extend(quoted),
  autoLoan.omit(unquoted).extend(quoted),
  creditLine.omit(unquoted).extend(quoted),
]);

const SUBMISSIONS = { 'personal-loan': personalLoan, 'auto-loan': autoLoan, 'credit-line': creditLine } as const;
/** What can be said of a submission for a product that is not offered: all but what it asks for. */
const otherProduct = object({
  ...common,
  request: z.unknown().optional(),
  deposits: z.unknown().optional(),
  product: z.enum(PRODUCT_NAMES, `must be ${PRODUCT_NAMES.map((name) => `"${name}"`).join(', ')}: no other is offered`),
});

/** In the place of the identity. */
const anonymous = {
  applicationId,
  schemaVersion: z.literal(1),
  residence: z.strictObject({ state: z.enum(STATES) }),
  /** With the words that the applicant saw: the lender's settings may drop a text later. */
  consents: z.array(keptConsent),
  /** Keyed digest of the identity: binds it to this content without telling it. */
  identityDigest: z.string(),
};

/** What every step but screening, the bureau pull and the notices works with: nobody is named in it. */
export const application = z.discriminatedUnion('product', [
  personalLoan.omit({ applicant: true }).extend(anonymous),
  autoLoan.omit({ applicant: true }).extend(anonymous),
  creditLine.omit({ applicant: true }).extend(anonymous),
]);
export type Application = z.infer<typeof application>;
export type PersonalLoanApplication = Extract<Application, { product: 'personal-loan' }>;
export type AutoLoanApplication = Extract<Application, { product: 'auto-loan' }>;
export type CreditLineApplication = Extract<Application, { product: 'credit-line' }>;

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
  const product = valueAt(value, ['product']);
  const offered = PRODUCT_NAMES.find((name) => name === product);
  if (!offered) return { ok: false, errors: otherProductErrors(value) };
  const parsed = SUBMISSIONS[offered].safeParse(value);
  if (parsed.success) return { ok: true, submission: parsed.data };
  return { ok: false, errors: fieldErrors(parsed.error, value) };
}

/**
 * Reads a request for a quote. The submission has the id of the prequalification in the place of the application's.
 * Finds every fault at once, as `parseSubmission` does.
 */
export function parsePrequalification(value: unknown): ParsedSubmission {
  const parsed = prequalificationRequest.safeParse(value);
  if (!parsed.success) return { ok: false, errors: fieldErrors(parsed.error, value) };
  const { prequalificationId, ...rest } = parsed.data;
  return { ok: true, submission: { ...rest, applicationId: prequalificationId } };
}

function otherProductErrors(value: unknown): FieldError[] {
  const parsed = otherProduct.safeParse(value);
  return parsed.success ? [] : fieldErrors(parsed.error, value);
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
  return renamed ? `is not a field: send ${renamed}` : 'is not a field here: leave it out';
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

/**
 * Splits a submission into the application and the identity; the digest binds the two.
 * @param texts where the words of each consent are.
 */
export function splitSubmission(
  sent: Submission,
  identityDigest: string,
  texts: Parameters<typeof keptConsents>[1],
): { application: Application & JsonObject; identity: Identity & JsonObject } {
  const { applicant, ...rest } = sent;
  const anonymous = { schemaVersion: 1 as const, residence: { state: applicant.address.state }, identityDigest };
  const consents = keptConsents(rest.consents, texts);
  return { application: { ...rest, consents, ...anonymous }, identity: applicant };
}

/** A person's names in the order in which they are written. */
export function fullName({ firstName, lastName }: Pick<Identity, 'firstName' | 'lastName'>): string {
  return firstName === null ? lastName : `${firstName} ${lastName}`;
}
