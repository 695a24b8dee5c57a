import { consentsAt, keptConsents, textsOf } from '../../domain/application/consents.ts';
import type {
  AutoLoanApplication,
  CreditLineApplication,
  Identity,
  PersonalLoanApplication,
  Submission,
} from '../../domain/application/submission.ts';
import { LENDER } from './lender.ts';

/** A complete submission of a person who does not exist; the simulated bureau has a light file of a paid loan. */
export function submissionOf(changes: Partial<PersonalLoanSubmission> = {}): PersonalLoanSubmission {
  return {
    ...COMMON,
    product: 'personal-loan',
    request: { amountCents: 1_000_000, termMonths: 36, purpose: 'DEBT_CONSOLIDATION' },
    applicant: identityOf(),
    ...changes,
  };
}

const CONSENTED_NOW = consentedBefore(new Date());

/** As `submissionOf`, sent at the time of a clock that a test has set. */
export const submissionAt = (
  clock: { now(): Date },
  changes: Partial<PersonalLoanSubmission> = {},
): PersonalLoanSubmission => submissionOf({ consents: consentedBefore(clock.now()), ...changes });

/** As `submissionOf`, for a process with the real clock. Each call of a suite gives the same consents. */
export const submissionNow = (changes: Partial<PersonalLoanSubmission> = {}): PersonalLoanSubmission =>
  submissionOf({ consents: CONSENTED_NOW, ...changes });

/** The same person, who buys a vehicle two years old. */
export function autoSubmissionOf(request: Partial<AutoLoanApplication['request']> = {}): AutoLoanSubmission {
  return {
    ...COMMON,
    product: 'auto-loan',
    request: {
      purpose: 'PURCHASE',
      amountCents: 2_400_000,
      termMonths: 60,
      vehicle: { year: 2024, mileage: 30_000, valueCents: 2_600_000, valueSource: 'GUIDE_BOOK' },
      downPaymentCents: 300_000,
      tradeInValueCents: 0,
      negativeEquityCents: 0,
      gapCents: 0,
      serviceContractCents: 0,
      currentLoan: null,
      ...request,
    },
    applicant: identityOf(),
  };
}

/** The same person, who asks for a line. */
export function lineSubmissionOf(request: Partial<CreditLineApplication['request']> = {}): CreditLineSubmission {
  return {
    ...COMMON,
    product: 'credit-line',
    request: { limitCents: 100_000, plan: 'BASIC', ...request },
    deposits: { averageMonthlyNetCents: 600_000, payFrequency: 'BIWEEKLY' },
    applicant: identityOf(),
  };
}

type SubmissionFor<Product> = Extract<Submission, { product: Product }>;
export type PersonalLoanSubmission = SubmissionFor<'personal-loan'>;
export type AutoLoanSubmission = SubmissionFor<'auto-loan'>;
export type CreditLineSubmission = SubmissionFor<'credit-line'>;

const COMMON: Omit<PersonalLoanSubmission, 'product' | 'request' | 'applicant'> = {
  applicationId: 'application-0001',
  income: { annualGrossCents: 9_600_000 },
  employment: { status: 'EMPLOYED', yearsInJob: 8 },
  housing: { status: 'RENT', monthlyPaymentCents: 120_000 },
  consents: consentedBefore(new Date('2026-01-05T12:00:00Z')),
};

/** The consents of a submission that is sent at an instant, such as now: given a minute before it. */
export function consentedBefore(at: Date): Submission['consents'] {
  return consentsAt(['BUREAU_PULL'], new Date(at.getTime() - 60_000).toISOString(), LENDER.consentTexts);
}

export function identityOf(changes: Partial<Identity> = {}): Identity {
  return {
    firstName: 'Zoë',
    lastName: "O'Quill-Vane",
    dateOfBirth: '1984-02-29',
    ssn: '900010000',
    email: 'zoe@example.test',
    phone: '+1 (800) 555-0199',
    address: { street: '1 Example Way', city: 'Springfield', state: 'IL', zip: '62701' },
    ...changes,
  };
}

export function applicationOf(changes: Partial<PersonalLoanApplication> = {}): PersonalLoanApplication {
  return { ...anonymous(submissionOf()), ...changes };
}

export function autoApplicationOf(
  request: Partial<AutoLoanApplication['request']> = {},
  changes: Partial<AutoLoanApplication> = {},
): AutoLoanApplication {
  return { ...anonymous(autoSubmissionOf(request)), ...changes };
}

export function lineApplicationOf(
  request: Partial<CreditLineApplication['request']> = {},
  changes: Partial<CreditLineApplication> = {},
): CreditLineApplication {
  return { ...anonymous(lineSubmissionOf(request)), ...changes };
}

function anonymous<Sent extends Submission>({ applicant, ...rest }: Sent) {
  const residence = { state: applicant.address.state };
  const consents = keptConsents(rest.consents, textsOf(LENDER.consentTexts, {}));
  return { ...rest, consents, schemaVersion: 1 as const, residence, identityDigest: '0'.repeat(64) };
}
