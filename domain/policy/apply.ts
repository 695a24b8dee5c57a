import type {
  Inputs,
  PolicyExplanation,
  PolicyResult as Evaluated,
  RuleOutcome as Evaluation,
} from '@underwright/policy-compiler/module';

import type { LendingMode } from '../lender.ts';
import { RATE_CAP_ROWS } from '../pricing/rate-cap-rows.ts';
import { evaluateRateCaps } from '../pricing/rate-caps.ts';
import { capContext } from '../products/loan-offers.ts';
import type { CreditFile, PolicyInForce, PreBureauFile, Priced, Product } from '../products/product.ts';
import { requestedOf } from '../products/request.ts';
import { MAX_REASONS } from '../reasons/catalogue.ts';
import { principalReasons } from '../reasons/principal-reasons.ts';
import type { Scoring } from '../scoring/scoring.ts';
import { strictest, type Offer, type PolicyResult, type RuleOutcome } from './result.ts';

export interface PolicyCall {
  readonly product: Product;
  readonly policy: PolicyInForce;
  readonly mode: LendingMode;
  /** Rules that a person cleared. */
  readonly cleared: ReadonlySet<string>;
}

const RESULTS: Readonly<Record<Evaluation, RuleOutcome['result']>> = {
  PASSED: 'PASSED',
  FIRED: 'FIRED',
  MISSING_PASSED: 'MISSING_PASSED',
  MISSING_FIRED: 'MISSING_FIRED',
  MISSING_REFERRED: 'MISSING',
};

/** The rules that need no report: whom they turn away is spared a hard inquiry. */
export function applyPreBureau(call: PolicyCall & PreBureauFile): PolicyResult {
  const { product, policy, cleared, application, screening, lender, asOf } = call;
  const stage = evaluateStage(policy, 'pre-bureau', product.preBureauInputs({ application, screening, lender, asOf }), {
    cleared,
    modelReasons: [],
  });
  const served = isServed(call);
  const notServed: RuleOutcome = {
    id: 'STATE_NOT_SERVED',
    action: 'NOT_OFFERED',
    result: served ? 'PASSED' : 'FIRED',
    reasons: [],
  };
  const rules = [...stage.rules, notServed];
  const outcome = strictest(rules) ?? (stage.needsPerson ? 'REFER' : 'PROCEED');
  const reasons = outcome === 'DECLINE' ? declineReasons(rules) : [];
  return { ...described(policy, stage.evaluated), stage: 'PRE_BUREAU', outcome, rules, reasons };
}

/**
 * All rules over the whole file, then prices and offers. Offers are made out also where a person decides, so that the
 * reviewer sees what the policy would give.
 */
export function applyFull(call: PolicyCall & CreditFile): PolicyResult {
  const { product, policy, mode, cleared, application, screening, lender, asOf, status, report, scoring } = call;
  const file: CreditFile = { application, screening, lender, asOf, status, report, scoring };
  const modelReasons = modelReasonsOf(scoring);
  const stage = evaluateStage(policy, 'full', product.fullInputs(file, policy.module.model), { cleared, modelReasons });
  const priced = stage.evaluated.invalidInputs.length > 0 ? null : product.price(file, policy.module, mode);
  const offers = priced?.offers ?? [];
  const common: Omit<PolicyResult, 'outcome'> = {
    ...described(policy, stage.evaluated),
    stage: 'FULL',
    rules: stage.rules,
    constraints: [...(priced?.constraints ?? [])],
  };
  const asked = strictest(stage.rules);
  if (asked && !(asked === 'REFER' && declinedByLimits(stage, priced))) {
    return { ...common, ...ruleOutcome(asked, stage, offers, modelReasons) };
  }
  if (stage.needsPerson || !priced?.determined) {
    return { ...common, outcome: 'REFER', offers: [...offers] };
  }
  if (priced.asRequested) return { ...common, outcome: 'APPROVE', offers: [priced.asRequested] };
  if (priced.reasons.length === 0) {
    // What the law keeps from an applicant is no adverse action of the lender's: a person finds another price.
    const unlawful: RuleOutcome = { id: 'RATE_CAP_BINDS', action: 'REFER', result: 'FIRED', reasons: [] };
    return { ...common, outcome: 'REFER', rules: [...stage.rules, unlawful], offers: [...offers] };
  }
  return {
    ...common,
    ...limitReasons(priced, modelReasons),
    outcome: offers.length > 0 ? 'COUNTEROFFER' : 'DECLINE',
    offers: [...offers],
  };
}

/**
 * Whether the limits leave nothing to offer, regardless of the facts that a rule refers to a person. A decline goes
 * before a referral, so a worse file never has a better outcome. A doubt about the file itself still goes to a person: a
 * rule without a result, or a referral that states no fact about the applicant.
 */
function declinedByLimits({ rules, needsPerson }: Stage, priced: Priced | null): boolean {
  if (needsPerson || !priced?.determined || priced.offers.length > 0 || priced.reasons.length === 0) return false;
  return rules.every(
    ({ action, result, reasons }) =>
      result !== 'MISSING' && !(action === 'REFER' && result === 'FIRED' && reasons.length === 0),
  );
}

type RuledOutcome = NonNullable<ReturnType<typeof strictest>>;

/** The outcome that rules ask for. A person who decides also sees the offers. */
function ruleOutcome(
  outcome: RuledOutcome,
  { rules, ruleReasons }: Stage,
  offers: readonly Offer[],
  modelReasons: readonly string[],
): Pick<PolicyResult, 'outcome' | 'offers' | 'reasons' | 'modelReasons'> {
  const reasons = outcome === 'DECLINE' ? declineReasons(rules) : [];
  return {
    outcome,
    offers: outcome === 'HOLD' || outcome === 'REFER' ? [...offers] : [],
    reasons,
    modelReasons: reasons.filter((code) => modelReasons.includes(code) && !ruleReasons.has(code)),
  };
}

interface Stage {
  readonly evaluated: Evaluated;
  readonly rules: RuleOutcome[];
  /** Inputs that were refused, or a table or limit without a result. */
  readonly needsPerson: boolean;
  /** Codes that rules gave in their own words, not the model. */
  readonly ruleReasons: ReadonlySet<string>;
}

function evaluateStage(
  { module }: PolicyInForce,
  stage: Evaluated['stage'],
  inputs: Inputs,
  { cleared, modelReasons }: { cleared: ReadonlySet<string>; modelReasons: readonly string[] },
): Stage {
  const evaluated = module.evaluate(stage, inputs);
  const { limits, failed } = evaluated;
  const reasonOf = new Map(failed.map(({ rule, reason }) => [rule, reason === 'from(limit)' ? limits.reason : reason]));
  const ruleReasons = new Set<string>();
  const rules = explained(module, stage, inputs, evaluated).map(({ rule: id, action, outcome }): RuleOutcome => {
    const result = RESULTS[outcome];
    const reason = reasonOf.get(id);
    const fired = result === 'FIRED' || result === 'MISSING_FIRED';
    const described = { id, action: action.toUpperCase() as Uppercase<typeof action> };
    if (!fired) return { ...described, result, reasons: [] };
    const reasons = reasonsOf(reason ?? null, modelReasons);
    if ((action === 'hold' || action === 'refer') && cleared.has(id))
      return { ...described, result: 'CLEARED', reasons };
    // A decline by the score needs a reason that can be told: without one a person decides (12 CFR 1002.9(b)(2)).
    if (action === 'decline' && reasons.length === 0) return { ...described, result: 'MISSING', reasons: [] };
    if (action === 'decline' && reason && reasons[0] === reason) ruleReasons.add(reason);
    return { ...described, result, reasons };
  });
  const needsPerson = evaluated.invalidInputs.length > 0 || evaluated.unevaluated.length > 0;
  return { evaluated, rules, needsPerson, ruleReasons };
}

/**
 * The rules with their outcomes. A module that refuses an input evaluates none; yet a report that may be another person's
 * holds whatever else it says. So the holds are asked again with what is not believed taken as missing, which is what it
 * is: nothing else is decided on such a file.
 */
function explained(
  module: PolicyInForce['module'],
  stage: Evaluated['stage'],
  inputs: Inputs,
  { invalidInputs }: Evaluated,
): PolicyExplanation['rules'] {
  const { rules } = module.explain(stage, inputs);
  if (invalidInputs.length === 0) return rules;
  const believed = { ...inputs, ...Object.fromEntries(invalidInputs.map(({ name }) => [name, null])) };
  for (const { name, fault } of invalidInputs) if (fault === 'UNKNOWN') delete believed[name];
  return module
    .explain(stage, believed)
    .rules.filter(({ action, outcome }) => action === 'hold' && outcome === 'FIRED');
}

/** No report here has a bureau's score, so `from(bureau)` states nothing, as `none` does: a person decides. */
function reasonsOf(reason: string | null, modelReasons: readonly string[]): string[] {
  if (reason === null || reason === 'none' || reason === 'from(bureau)') return [];
  return reason === 'from(model)' ? [...modelReasons] : [reason];
}

/** The rules come by falling severity, so the first four reasons are the principal ones. */
function declineReasons(rules: readonly RuleOutcome[]): string[] {
  const fired = rules.filter(
    ({ action, result }) => action === 'DECLINE' && (result === 'FIRED' || result === 'MISSING_FIRED'),
  );
  return [...new Set(fired.flatMap(({ reasons }) => reasons))].slice(0, MAX_REASONS);
}

function limitReasons({ reasons }: Priced, modelReasons: readonly string[]) {
  const resolved = reasons.flatMap((reason) => (reason === 'from(model)' ? modelReasons : [reason]));
  // A limit by risk that no factor explains is stated as what it is: what is lent on these terms.
  const stated = [...new Set(resolved.length > 0 ? resolved : ['AX27'])].slice(0, MAX_REASONS);
  return {
    reasons: stated,
    modelReasons: stated.filter((code) => !reasons.includes(code) && modelReasons.includes(code)),
  };
}

function modelReasonsOf(scoring: Scoring | null): string[] {
  return scoring?.result ? principalReasons(scoring.result.contributions).map(({ code }) => code) : [];
}

/** Everything of a result that the policy's module says itself. */
function described(
  { module, digest }: PolicyInForce,
  evaluated: Evaluated,
): Omit<PolicyResult, 'stage' | 'outcome' | 'rules'> {
  const { id, version, sourceDigest } = module.policy;
  return {
    schemaVersion: 1,
    policy: { id, version, digest, sourceDigest },
    derived: { ...evaluated.derived },
    bands: { ...evaluated.bands },
    tables: { ...evaluated.tables },
    invalidInputs: evaluated.invalidInputs.map(({ name, fault }) => ({ name, fault })),
    unevaluated: [...evaluated.unevaluated],
    constraints: [],
    offers: [],
    reasons: [],
    modelReasons: [],
    conditions: [...new Set(evaluated.conditions.map(({ clear }) => clear.toUpperCase()))],
  };
}

/**
 * Whether the lender lends where the applicant lives: the state is served, and for the amount and some term a rate cap is
 * known that can be applied. It fails closed.
 */
function isServed({ product, application, lender, asOf, mode }: PolicyCall & PreBureauFile): boolean {
  const { terms } = product;
  const { state } = application.residence;
  if (!terms.states.includes(state)) return false;
  const amountCents = requestedOf(application).amountCents ?? terms.requestCents[0];
  return (terms.termsMonths.length > 0 ? terms.termsMonths : [null]).some((termMonths) => {
    const { evaluated } = evaluateRateCaps(
      RATE_CAP_ROWS,
      {
        jurisdiction: `US-${state}`,
        lenderType: lender.type,
        product: product.cappedAs(application),
        amountCents,
        termMonths,
        measures: {},
      },
      capContext(mode, asOf),
    );
    // Nothing is priced yet, so a cap that could be applied has not been measured.
    return evaluated.length > 0 && evaluated.every(({ result }) => result === 'PASSED' || result === 'NOT_MEASURED');
  });
}
