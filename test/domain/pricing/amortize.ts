import { levelPayments, type LevelPayments, type LoanTerms } from '../../../domain/pricing/schedule.ts';

interface Instalment {
  readonly paymentCents: number;
  readonly interestCents: number;
  readonly principalCents: number;
  /** Owed after this payment. */
  readonly balanceCents: number;
}

/** `levelPayments` with every instalment, written out by exact fractions of its own. */
export function amortize(terms: LoanTerms): LevelPayments & { readonly instalments: readonly Instalment[] } {
  const level = levelPayments(terms);
  let balance = BigInt(terms.principalCents);
  const instalments = Array.from({ length: terms.termMonths }, (_, index): Instalment => {
    // A twelfth of the yearly interest: doubled, so that a half is whole.
    const interest = (2n * balance * BigInt(terms.annualRateBasisPoints) + 120_000n) / 240_000n;
    const isFinal = index === terms.termMonths - 1;
    const payment = isFinal ? balance + interest : BigInt(level.paymentCents);
    balance -= payment - interest;
    const [paymentCents, interestCents, balanceCents] = [Number(payment), Number(interest), Number(balance)];
    return { paymentCents, interestCents, principalCents: paymentCents - interestCents, balanceCents };
  });
  return { ...level, instalments };
}
