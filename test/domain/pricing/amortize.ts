import {
  anchorDayOf,
  dueDates,
  type Instalment,
  type LevelPayments,
  levelPayments,
  type LoanTerms,
} from '../../../domain/pricing/schedule.ts';

/** `levelPayments` with every instalment and its due date. */
export function amortize(terms: LoanTerms): LevelPayments & { readonly instalments: readonly Instalment[] } {
  const payments: Omit<Instalment, 'dueDate'>[] = [];
  const level = levelPayments(terms, (payment) => payments.push(payment));
  const due = dueDates(terms.firstPaymentDate, terms.termMonths, anchorDayOf(terms));
  return { ...level, instalments: payments.map((payment, index) => ({ dueDate: due[index]!, ...payment })) };
}
