import type { Inputs, PolicyModel, PolicyModule } from '@underwright/policy-compiler/module';

import type { ProductTerms } from '../application/products.ts';
import type { Application } from '../application/submission.ts';
import type { CreditReport } from '../bureau/report.ts';
import type { LocalDate } from '../calendar.ts';
import type { FeatureApplication } from '../features/build.ts';
import type { DecidingLender, LendingMode } from '../lender.ts';
import type { Constraint, Offer } from '../policy/result.ts';
import type { CappedProduct } from '../pricing/rate-caps.ts';
import type { Scoring } from '../scoring/scoring.ts';
import type { Screening } from '../screening/screen.ts';

/** A compiled policy and the SHA-256 of its module's text. */
export interface PolicyInForce {
  readonly module: PolicyModule;
  readonly digest: string;
}

export interface PreBureauFile<Applied extends Application = Application> {
  readonly application: Applied;
  readonly screening: Screening;
  readonly lender: DecidingLender;
  /** The lender's local date on which the policy is applied. */
  readonly asOf: LocalDate;
}

/** All that is known of an application when the full policy is applied. */
export interface CreditFile<Applied extends Application = Application> extends PreBureauFile<Applied> {
  /** Of the bureau pull; `AMBIGUOUS` when nobody can tell whether it was answered. */
  readonly status: CreditReport['status'] | 'AMBIGUOUS';
  readonly report: CreditReport | null;
  readonly scoring: Scoring | null;
}

/** What selects the rate caps of a price: the day of the decision, the lender, and the mode of the deployment. */
export interface Lending extends Pick<PreBureauFile, 'asOf' | 'lender'> {
  readonly mode: LendingMode;
}

/** Terms that a reviewer gives. */
export interface ReviewerTerms {
  /** Amount of a loan, limit of a line. */
  readonly amountCents: number;
  /** Null for a line. */
  readonly termMonths: number | null;
  readonly annualRateBasisPoints: number;
}

export interface Priced {
  /** False where income, housing, obligations or the score is missing: nothing can be offered or refused for its amount. */
  readonly determined: boolean;
  /** Nearest to the request first. */
  readonly offers: readonly Offer[];
  /** The offer that gives what was asked for. */
  readonly asRequested: Offer | null;
  /** What kept the offer from what was asked for: reason codes and `from(model)`; none when nothing or only the law did. */
  readonly reasons: readonly string[];
  readonly constraints: readonly Constraint[];
}

/** What one product adds to the common way of an application. */
export interface Product<Applied extends Application = Application> {
  readonly terms: ProductTerms;
  /** As the law of a state calls it. */
  cappedAs(application: Applied): CappedProduct;
  /** What the model is told of the application. */
  features(application: Applied): FeatureApplication;
  /** Inputs of the product's policy. */
  preBureauInputs(file: PreBureauFile<Applied>): Inputs;
  /** @param model of the policy's module: its inputs have the cut-offs and bands that it names. */
  fullInputs(file: CreditFile<Applied>, model: PolicyModel | undefined): Inputs;
  /** Amounts, prices and offers, with the parameters that the policy gave. */
  price(file: CreditFile<Applied>, module: PolicyModule, mode: LendingMode): Priced;
  /**
   * The offer that a reviewer's terms come to.
   * @param values of the policy, as far as they are known.
   * @throws OfferUnlawful for terms above a rate cap.
   */
  priceTerms(
    file: Pick<PreBureauFile<Applied>, 'application' | 'asOf' | 'lender'>,
    terms: ReviewerTerms,
    values: Values,
    mode: LendingMode,
  ): Offer;
  /** Prices an offer as of another day: its amount, rate, term and fees stay, and every cap of that day applies. */
  reprice(application: Applied, offer: Offer, lending: Lending): Repriced;
}

/** An offer as of another day. */
export interface Repriced {
  /** Null where a cap of the day refuses the terms. */
  readonly offer: Offer | null;
  /** What refuses the terms; null for an offer. */
  readonly refusedBy: string | null;
  /** State rate caps that were compared with the price. */
  readonly rateCaps: Constraint['rateCaps'];
}

/** An offer of another kind than its product's. */
export class OfferOfOtherProduct extends Error {
  override readonly name = 'OfferOfOtherProduct';

  constructor(product: string, kind: Offer['kind']) {
    super(`The product ${product} has no offer of the kind ${kind}: run underwright verify on the application.`);
  }
}

export type Values = Readonly<Record<string, number | boolean | null>>;

/** Terms that no cap takes are a fault of the policy or of a reviewer, not an offer. */
export class OfferUnlawful extends Error {
  override readonly name = 'OfferUnlawful';
}

/** The policy's text does not give what its product's prices are made of. */
class PolicyParameterMissing extends Error {
  override readonly name = 'PolicyParameterMissing';
}

/** A parameter of pricing, from a policy's `derive`. @throws PolicyParameterMissing */
export function parameter(values: Values, name: string): number {
  const value = values[name];
  if (typeof value === 'number') return value;
  throw new PolicyParameterMissing(`The policy derives no number named ${name}: add it under derive.`);
}
