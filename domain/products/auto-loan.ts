import { AUTO_LOAN } from '../application/products.ts';
import type { AutoLoanApplication } from '../application/submission.ts';
import { commonFullInputs, commonPreBureauInputs } from './common-inputs.ts';
import { loanOffers, repricedLoan, reviewedLoan, type LoanRequest } from './loan-offers.ts';
import type { PreBureauFile, Product } from './product.ts';

/** A loan secured by the vehicle that it buys or whose loan it pays off. */
export const autoLoan: Product<AutoLoanApplication> = {
  terms: AUTO_LOAN,
  cappedAs,
  features: (application) => ({
    requestedAmountCents: application.request.amountCents,
    termMonths: application.request.termMonths,
    annualIncomeCents: application.income?.annualGrossCents ?? 0,
  }),
  preBureauInputs,
  fullInputs: (file, model) => ({ ...preBureauInputs(file), ...commonFullInputs(file, model) }),
  price: (file, module, mode) =>
    loanOffers(file, requestOf(file.application), autoLoan.fullInputs(file, module.model), { module, mode }),
  priceTerms: ({ application, asOf, lender }, terms, values, mode) =>
    reviewedLoan(requestOf(application), terms, values, { asOf, lender, mode }),
  reprice: (application, offer, lending) => repricedLoan(requestOf(application), offer, lending),
};

function cappedAs({ request }: AutoLoanApplication) {
  return request.purpose === 'PURCHASE' ? 'AUTO_PURCHASE' : 'AUTO_REFI';
}

function preBureauInputs(file: PreBureauFile<AutoLoanApplication>) {
  const { request } = file.application;
  const { vehicle, currentLoan } = request;
  return {
    ...commonPreBureauInputs(file),
    requested_amount: request.amountCents,
    term: request.termMonths,
    purpose: request.purpose,
    vehicle_value: vehicle.valueCents,
    value_source: vehicle.valueSource,
    vehicle_age: vehicleAge(vehicle.year, file.asOf),
    vehicle_mileage: vehicle.mileage,
    down_payment: request.downPaymentCents,
    trade_in_value: request.tradeInValueCents,
    negative_equity: request.negativeEquityCents,
    gap_price: request.gapCents,
    service_contract_price: request.serviceContractCents,
    payoff: currentLoan?.payoffCents ?? null,
    paid_off_payment: currentLoan?.monthlyPaymentCents ?? null,
    // No step reads the title yet, so every approval has it among its conditions.
    title_verified: false,
  };
}

/** Calendar years since the model year; next year's model is new, and a later one is left for the policy to refuse. */
function vehicleAge(modelYear: number, asOf: string): number {
  const age = Number(asOf.slice(0, 4)) - modelYear;
  return age === -1 ? 0 : age;
}

function requestOf(application: AutoLoanApplication): LoanRequest {
  const { request, residence } = application;
  const { amountCents, termMonths, vehicle, gapCents, serviceContractCents, purpose } = request;
  return {
    amountCents,
    termMonths,
    termsMonths: AUTO_LOAN.termsMonths,
    state: residence.state,
    cappedAs: cappedAs(application),
    // Credit to purchase the very vehicle that secures it is outside 32 CFR 232.3(f)(2)(ii); a refinance is not.
    coveredCredit: purpose === 'REFINANCE',
    maprChargesCents: gapCents + serviceContractCents,
    collateralCents: vehicle.valueCents,
    // `longest_term` of the policy reads the age of the vehicle alone.
    termBoundBy: ['AX32'],
  };
}
