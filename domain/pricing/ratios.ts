import { divideHalfUp, requireInteger, shareHalfUp } from './arithmetic.ts';

export type PayFrequency = 'WEEKLY' | 'BIWEEKLY' | 'SEMI_MONTHLY' | 'MONTHLY' | 'ANNUAL';

/** Gross income before tax and deductions, in cents per pay period. */
export interface Income {
  readonly amountCents: number;
  readonly frequency: PayFrequency;
}

const PAY_PERIODS: Readonly<Record<PayFrequency, number>> = {
  WEEKLY: 52,
  BIWEEKLY: 26,
  SEMI_MONTHLY: 24,
  MONTHLY: 12,
  ANNUAL: 1,
};

/**
 * Gross income of a year in cents, the sum of all sources, exactly.
 *
 * Every stated source is summed alike and their number is never used (12 CFR 1002, comments 6(b)(5)-3 and -4).
 */
export function annualIncomeCents(incomes: readonly Income[]): number {
  return incomes.reduce((sum, { amountCents, frequency }) => {
    requireInteger('amountCents', amountCents);
    return sum + amountCents * PAY_PERIODS[frequency];
  }, 0);
}

/** A twelfth of a year's income, to the cent: for display, ratios are taken of the year. */
export function grossMonthlyIncomeCents(incomes: readonly Income[]): number {
  return Number(divideHalfUp(BigInt(annualIncomeCents(incomes)), 12n));
}

/** One obligation of the applicant, from the credit report or the application. */
export interface Obligation {
  /** The same account reported twice has the same id. */
  readonly id: string;
  readonly kind: 'INSTALMENT' | 'REVOLVING' | 'DEFERRED_STUDENT_LOAN';
  /** Reported payment of a month; null when none is reported. */
  readonly monthlyPaymentCents: number | null;
  readonly balanceCents: number;
  /**
   * Why it does not count. `PAID_OFF_BY_LOAN` only where the payoff goes from the lender to that creditor; `IN_HOUSING`
   * where the stated housing cost has it already.
   */
  readonly excluded?: 'AUTHORIZED_USER' | 'PAID_OFF_BY_LOAN' | 'IN_HOUSING';
}

/** What stands for a payment that is not reported: parameters of the policy, not law. */
interface ImputationPolicy {
  readonly revolvingMinimumCents: number;
  readonly revolvingBalanceBasisPoints: number;
  readonly deferredStudentLoanBalanceBasisPoints: number;
}

/** The larger of $25 and 5 % of a revolving balance; 1 % of a deferred student loan. */
const DEFAULT_IMPUTATION: ImputationPolicy = {
  revolvingMinimumCents: 25_00,
  revolvingBalanceBasisPoints: 500,
  deferredStudentLoanBalanceBasisPoints: 100,
};

/**
 * Payment of a month of one obligation, imputed where none is reported; null for an instalment loan without a reported
 * payment, which cannot be imputed from its balance. A settled balance takes no payment.
 */
export function monthlyPaymentCents(obligation: Obligation, policy = DEFAULT_IMPUTATION): number | null {
  const { kind, monthlyPaymentCents: reported, balanceCents } = obligation;
  requireInteger('balanceCents', balanceCents);
  if (obligation.excluded !== undefined) return 0;
  if (reported !== null) {
    requireInteger('monthlyPaymentCents', reported);
    // A deferred loan is reported with a payment of zero, and a revolving account now and then.
    if (reported > 0 || kind === 'INSTALMENT') return reported;
  }
  if (balanceCents === 0) return 0;
  switch (kind) {
    case 'REVOLVING':
      return Math.max(policy.revolvingMinimumCents, shareHalfUp(balanceCents, policy.revolvingBalanceBasisPoints));
    case 'DEFERRED_STUDENT_LOAN':
      return shareHalfUp(balanceCents, policy.deferredStudentLoanBalanceBasisPoints);
    case 'INSTALMENT':
      return null;
  }
}

/**
 * All obligations of a month in cents, each account once at its largest payment, whatever their order; null when a payment
 * is unknown.
 */
export function monthlyObligationsCents(
  obligations: readonly Obligation[],
  policy = DEFAULT_IMPUTATION,
): number | null {
  const byAccount = new Map<string, number>();
  for (const obligation of obligations) {
    const payment = monthlyPaymentCents(obligation, policy);
    if (payment === null) return null;
    byAccount.set(obligation.id, Math.max(payment, byAccount.get(obligation.id) ?? 0));
  }
  return [...byAccount.values()].reduce((sum, payment) => sum + payment, 0);
}

/** A ratio that is kept unrounded, or the statement that there is none: never 0 and never infinity. */
export type Ratio =
  | {
      readonly status: 'DETERMINED';
      readonly numerator: number;
      readonly denominator: number;
      /** Nearest millionth, for records and display. */
      readonly millionths: number;
    }
  | { readonly status: 'UNDETERMINED' };

/** A ratio of two whole numbers; UNDETERMINED when either is missing or the denominator is 0. */
export function ratio(numerator: number | null, denominator: number | null): Ratio {
  if (numerator === null || denominator === null || denominator === 0) return { status: 'UNDETERMINED' };
  requireInteger('numerator', numerator);
  requireInteger('denominator', denominator, 1);
  const millionths = Number(divideHalfUp(BigInt(numerator) * 1_000_000n, BigInt(denominator)));
  return { status: 'DETERMINED', numerator, denominator, millionths };
}

/** Payment to income: the proposed payment over gross monthly income. */
export function paymentToIncome(proposedPaymentCents: number, yearlyIncomeCents: number | null): Ratio {
  return ratio(proposedPaymentCents * 12, yearlyIncomeCents);
}

/** Debt to income: housing, obligations and the proposed payment over gross monthly income. */
export function debtToIncome(
  debts: {
    readonly housingCents: number;
    readonly obligationsCents: number | null;
    readonly proposedPaymentCents: number;
  },
  yearlyIncomeCents: number | null,
): Ratio {
  if (debts.obligationsCents === null) return { status: 'UNDETERMINED' };
  return ratio((debts.housingCents + debts.obligationsCents + debts.proposedPaymentCents) * 12, yearlyIncomeCents);
}

/**
 * Whether a ratio is at most a cap, on the unrounded values: 0.43 passes a cap of 4,300 basis points, 0.4300001 does not.
 * UNDETERMINED stays so: it is neither a pass nor a failure.
 */
export function ratioIsAtMost(value: Ratio, capBasisPoints: number): boolean | 'UNDETERMINED' {
  if (value.status === 'UNDETERMINED') return 'UNDETERMINED';
  return BigInt(value.numerator) * 10_000n <= BigInt(capBasisPoints) * BigInt(value.denominator);
}
