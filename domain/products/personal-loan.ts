import { PERSONAL_LOAN } from '../application/products.ts';
import type { PersonalLoanApplication } from '../application/submission.ts';
import { commonFullInputs, commonPreBureauInputs } from './common-inputs.ts';
import { loanOffers, repricedLoan, reviewedLoan, type LoanRequest } from './loan-offers.ts';
import type { PreBureauFile, Product } from './product.ts';

/** An unsecured loan of a fixed amount. */
export const personalLoan: Product<PersonalLoanApplication> = {
  terms: PERSONAL_LOAN,
  cappedAs: () => 'PL',
  features: (application) => ({
    requestedAmountCents: application.request.amountCents,
    termMonths: application.request.termMonths,
    annualIncomeCents: application.income?.annualGrossCents ?? 0,
  }),
  preBureauInputs,
  fullInputs: (file, model) => ({ ...preBureauInputs(file), ...commonFullInputs(file, model) }),
  price: (file, module, mode) =>
    loanOffers(file, requestOf(file.application), personalLoan.fullInputs(file, module.model), { module, mode }),
  priceTerms: ({ application, asOf, lender }, terms, values, mode) =>
    reviewedLoan(requestOf(application), terms, values, { asOf, lender, mode }),
  reprice: (application, offer, lending) => repricedLoan(requestOf(application), offer, lending),
};

function preBureauInputs(file: PreBureauFile<PersonalLoanApplication>) {
  const { amountCents, termMonths } = file.application.request;
  return { ...commonPreBureauInputs(file), requested_amount: amountCents, term: termMonths };
}

function requestOf({ request, residence }: PersonalLoanApplication): LoanRequest {
  return {
    ...request,
    termsMonths: PERSONAL_LOAN.termsMonths,
    state: residence.state,
    cappedAs: 'PL',
    // Every borrower is treated as covered: whether one is, is not asked yet.
    coveredCredit: true,
    maprChargesCents: 0,
  };
}
