import * as z from 'zod';

import { ROLES } from '../access/access.ts';
import { TERMS } from '../application/products.ts';
import type { Application } from '../application/submission.ts';
import { isCalendarDate } from '../calendar.ts';
import { digest } from '../ledger/digest.ts';

/** The conditions that policies give an approval. Each has evidence of its own that clears it. */
export const CONDITIONS = ['INCOME', 'IDENTITY', 'EMPLOYMENT', 'TITLE'] as const;
/** @internal Tests name it. */
export type Condition = (typeof CONDITIONS)[number];

const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`);
const yesOrNo = z.boolean('must be true or false');
const whole = (maximum: number) => {
  const range = `must be a whole number from 0 to ${maximum}`;
  return z.int(range).min(0, range).max(maximum, range);
};
const YEARS = 'must be a number of years from 0 to 60, or null where there is no job';

/** The sources of documents. */
const SOURCES = ['APPLICANT', 'EMPLOYER', 'BANK', 'GOVERNMENT', 'DEALER', 'VENDOR'] as const;

/** What every verification states of its document. */
const document = {
  source: choice(SOURCES),
  /** The date on the document, or of the call. */
  documentDate: z.string('must be text').refine(isCalendarDate, 'must be a date of the calendar as YYYY-MM-DD'),
};

const income = z.strictObject({
  condition: z.literal('INCOME'),
  document: choice(['PAY_STATEMENT', 'W2', 'TAX_RETURN', 'BANK_STATEMENT', 'BENEFIT_LETTER', 'EMPLOYER_STATEMENT']),
  ...document,
  /** The yearly income that the document supports. */
  annualGrossCents: whole(1_000_000_000),
});

/** No value of the identity is repeated: the vault has them. */
const identity = z.strictObject({
  condition: z.literal('IDENTITY'),
  document: choice(['DRIVERS_LICENSE', 'STATE_ID', 'PASSPORT', 'MILITARY_ID', 'OTHER_GOVERNMENT_ID']),
  ...document,
  nameMatches: yesOrNo,
  dateOfBirthMatches: yesOrNo,
  addressMatches: yesOrNo,
});

const employment = z.strictObject({
  condition: z.literal('EMPLOYMENT'),
  document: choice(['EMPLOYER_CALL', 'EMPLOYER_STATEMENT', 'PAY_STATEMENT', 'TAX_RETURN', 'BUSINESS_REGISTRATION']),
  ...document,
  status: choice(['EMPLOYED', 'SELF_EMPLOYED', 'RETIRED', 'NOT_EMPLOYED']),
  yearsInJob: z.number(YEARS).min(0, YEARS).max(60, YEARS).nullable(),
});

const title = z.strictObject({
  condition: z.literal('TITLE'),
  document: choice(['TITLE', 'TITLE_RECORD', 'REGISTRATION']),
  ...document,
  /** `BRANDED`: salvage, rebuilt, flood or another mark. `OTHER_LIEN`: a lien that this loan does not pay off. */
  title: choice(['CLEAN', 'BRANDED', 'OTHER_LIEN']),
  modelYear: whole(2_100),
  mileage: whole(500_000),
});

/** What a person verified, in fields and never in free text alone. */
export const verification = z.discriminatedUnion('condition', [income, identity, employment, title], {
  error: (issue) => (issue.code === 'invalid_union' ? `must be one of ${CONDITIONS.join(', ')}` : undefined),
});
export type Verification = z.infer<typeof verification>;

/** As `verification`, where the condition is named beside it. */
export const verifiedBody = z.union([
  income.omit({ condition: true }),
  identity.omit({ condition: true }),
  employment.omit({ condition: true }),
  title.omit({ condition: true }),
]);

/** How a verified value contradicts the application. */
export const CONTRADICTIONS = [
  'INCOME_BELOW_STATED',
  'NAME_DIFFERS',
  'DATE_OF_BIRTH_DIFFERS',
  'ADDRESS_DIFFERS',
  'EMPLOYMENT_STATUS_DIFFERS',
  'JOB_SHORTER_THAN_STATED',
  'TITLE_NOT_CLEAN',
  'MODEL_YEAR_DIFFERS',
  'MILEAGE_ABOVE_STATED',
  /** The application states no value to compare with. */
  'NOT_STATED',
] as const;
type Contradiction = (typeof CONTRADICTIONS)[number];

/** The evidence for one condition of a decision, sealed. It has no instant, so a repeated call seals the same bytes. */
export const conditionEvidence = z.strictObject({
  schemaVersion: z.literal(1),
  /** The address of the decision. */
  decision: digest,
  by: z.string(),
  role: z.enum(ROLES),
  verified: verification,
  /** The values of the application, by the names of the verified ones. */
  stated: z.record(z.string(), z.union([z.number(), z.string()]).nullable()),
  contradictions: z.array(z.enum(CONTRADICTIONS)),
});
export type ConditionEvidence = z.infer<typeof conditionEvidence>;

/** Compares a verification with the application. */
export function compareVerified(
  application: Application,
  verified: Verification,
): Pick<ConditionEvidence, 'stated' | 'contradictions'> {
  switch (verified.condition) {
    case 'INCOME':
      return compareIncome(application, verified);
    case 'IDENTITY':
      return { stated: {}, contradictions: identityContradictions(verified) };
    case 'EMPLOYMENT':
      return compareEmployment(application, verified);
    case 'TITLE':
      return compareTitle(application, verified);
  }
}

type Compared = ReturnType<typeof compareVerified>;

/** A higher income than stated contradicts nothing: no decision is worse with it. */
function compareIncome({ income: given, product }: Application, verified: z.infer<typeof income>): Compared {
  if (!given) return { stated: { annualGrossCents: null }, contradictions: ['NOT_STATED'] };
  const { annualGrossCents } = given;
  const least = annualGrossCents * (10_000 - TERMS[product].tolerances.incomeBasisPoints);
  const below = verified.annualGrossCents * 10_000 < least;
  return { stated: { annualGrossCents }, contradictions: below ? ['INCOME_BELOW_STATED'] : [] };
}

function identityContradictions(verified: z.infer<typeof identity>): Contradiction[] {
  const matches = [
    ['NAME_DIFFERS', verified.nameMatches],
    ['DATE_OF_BIRTH_DIFFERS', verified.dateOfBirthMatches],
    ['ADDRESS_DIFFERS', verified.addressMatches],
  ] as const;
  return matches.flatMap(([contradiction, isSame]) => (isSame ? [] : [contradiction]));
}

function compareEmployment(
  { employment: given, product }: Application,
  verified: z.infer<typeof employment>,
): Compared {
  if (!given) return { stated: { status: null, yearsInJob: null }, contradictions: ['NOT_STATED'] };
  const { status, yearsInJob } = given;
  const least = (yearsInJob ?? 0) - TERMS[product].tolerances.yearsInJob;
  const contradictions: Contradiction[] = [];
  if (verified.status !== status) contradictions.push('EMPLOYMENT_STATUS_DIFFERS');
  if ((verified.yearsInJob ?? 0) < least) contradictions.push('JOB_SHORTER_THAN_STATED');
  return { stated: { status, yearsInJob }, contradictions };
}

function compareTitle(application: Application, verified: z.infer<typeof title>): Compared {
  if (application.product !== 'auto-loan') {
    return { stated: { modelYear: null, mileage: null }, contradictions: ['NOT_STATED'] };
  }
  const { year: modelYear, mileage } = application.request.vehicle;
  const contradictions: Contradiction[] = [];
  if (verified.title !== 'CLEAN') contradictions.push('TITLE_NOT_CLEAN');
  if (verified.modelYear !== modelYear) contradictions.push('MODEL_YEAR_DIFFERS');
  if (verified.mileage > mileage + TERMS[application.product].tolerances.mileage) {
    contradictions.push('MILEAGE_ABOVE_STATED');
  }
  return { stated: { modelYear, mileage }, contradictions };
}
