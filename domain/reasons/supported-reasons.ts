import type { PolicyResult, RuleOutcome } from '../policy/result.ts';
import type { GroupContribution } from '../scoring/score.ts';
import { REASONS, type ReasonCode } from './catalogue.ts';
import { principalReasons } from './principal-reasons.ts';

/** Rules that fire for the lender's own outage: no report came, or its answer is unknown. It never causes a decline. */
const OUTAGES: ReadonlySet<string> = new Set(['PULL_AMBIGUOUS', 'BUREAU_UNAVAILABLE']);

/**
 * Rules that state no fact about the applicant, so they support no reason (12 CFR 1002.9(b)(2)): an outage, features that the
 * program could not use, and a report that grew old with the lender.
 */
const FACTLESS: ReadonlySet<string> = new Set([...OUTAGES, 'FEATURES_UNUSABLE', 'REPORT_STALE']);

/** A reason and the recorded fact that supports it. */
export interface SupportedReason {
  readonly code: ReasonCode;
  /** The reason as the applicant reads it. */
  readonly text: string;
  /** A rule that fired, or a limit that bound the amount. */
  readonly from: 'RULE' | 'LIMIT';
  /** The id of the rule, or the name of the limit. */
  readonly name: string;
}

/** The recorded facts of a case. */
export interface RecordedFacts {
  /** The result that put the case before a person; null where an operator referred it after a failure. */
  readonly policy: Pick<PolicyResult, 'rules' | 'constraints'> | null;
  /** What kept the offer from the request, as `Priced` gives it; empty where nothing was priced or bound. */
  readonly bound: readonly string[];
  /** The contributions to the score; null without one. */
  readonly score: { readonly contributions: readonly GroupContribution[] } | null;
}

/**
 * The reasons that the recorded facts support, in the order in which a notice would give them. A rule that a person cleared,
 * one that could not be evaluated, and one of `FACTLESS` support none. A score supports a reason only through a rule or a limit
 * that acted on it: no decision rests on a factor alone.
 * @returns each code once, with the first fact that supports it.
 */
export function supportedReasons({ policy, bound, score }: RecordedFacts): SupportedReason[] {
  const modelled = score ? principalReasons(score.contributions).map(({ code }) => code) : [];
  const limit = policy?.constraints[0]?.boundBy ?? '';
  const found = [
    ...(policy?.rules ?? []).flatMap(ruleReasons),
    ...bound
      .flatMap((reason) => (reason === 'from(model)' ? modelled : [reason]))
      .map((code) => ({ code, from: 'LIMIT' as const, name: limit })),
  ];
  const first = new Map(found.toReversed().map((each) => [each.code, each]));
  return [...new Set(found.map(({ code }) => code))].flatMap((code) => {
    const each = first.get(code);
    return each && isReason(code) ? [{ ...each, code, text: REASONS[code] }] : [];
  });
}

const isReason = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code);

function ruleReasons({ id, action, result, reasons }: RuleOutcome) {
  const fired = result === 'FIRED' || result === 'MISSING_FIRED';
  // The reason of NOT_OFFERED is a ground of the law and no reason of a decline.
  if (!fired || action === 'NOT_OFFERED' || FACTLESS.has(id)) return [];
  return reasons.map((code) => ({ code, from: 'RULE' as const, name: id }));
}

/** The lender's own outages behind a case: their rules, and the state that failed where an operator referred it. */
export function lenderFailures(
  policy: Pick<PolicyResult, 'rules'> | null,
  failure: { readonly state: string; readonly error: string } | null,
): string[] {
  const rules = (policy?.rules ?? []).filter(({ id, result }) => OUTAGES.has(id) && result === 'FIRED');
  return [...rules.map(({ id }) => id), ...(failure ? [`${failure.state}: ${failure.error}`] : [])];
}

/** The reasons with the fact behind each, as a message names them. */
export const namedReasons = (reasons: readonly SupportedReason[]): string =>
  reasons.map(({ code, name }) => `${code} (${name})`).join(', ');
