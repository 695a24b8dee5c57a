import * as z from 'zod';

import type { Application } from '../application/submission.ts';
import type { CreditReport } from '../bureau/report.ts';
import type { LocalDate } from '../calendar.ts';
import { canonicalJson } from '../ledger/canonical-json.ts';
import { offer, type Offer } from '../policy/result.ts';
import type { ContinuedQuote } from './continued-quote.ts';

/**
 * Facts that differ between a quote and a decision. `REQUEST` and `STATED` name a member of the application, `REPORT` an
 * attribute of the report or its status. `POLICY`, `MODEL`: another version. `EXPIRED`: the decision came after the quote's
 * last day. `REVIEW`: a person decided. `CHECKS`: nothing else differs, so a check that a quote does not have made the
 * difference.
 */
const FACTS = ['REQUEST', 'STATED', 'REPORT', 'POLICY', 'MODEL', 'EXPIRED', 'REVIEW', 'CHECKS'] as const;

const difference = z.strictObject({ fact: z.enum(FACTS), name: z.string().optional() });
type QuoteDifference = z.infer<typeof difference>;

/** A quote beside the decision that followed it, as the decision record has it. */
export const comparedQuote = z.strictObject({
  prequalification: z.string(),
  quotedOn: z.string(),
  validUntil: z.string(),
  /** As quoted. */
  offers: z.array(offer).min(1),
  /**
   * `KEPT`: every quoted amount and term is offered at the quoted rates or lower ones. `WITHDRAWN`: nothing is offered.
   * `CHANGED`: every other case, also where the terms are better.
   */
  outcome: z.enum(['KEPT', 'CHANGED', 'WITHDRAWN']),
  /** Empty where the quote is kept; names of facts, never their values. */
  because: z.array(difference),
});
type ComparedQuote = z.infer<typeof comparedQuote>;

/** The sealed quote, and the newest report that the decision used; null without one. */
export interface Quoting {
  readonly continued: ContinuedQuote;
  readonly report: CreditReport | null;
}

/** The parts of a decision record that a quote is compared with. */
interface Decided {
  readonly outcome: string;
  readonly decidedBy: string;
  readonly decidedOn: LocalDate;
  readonly offers: readonly Offer[];
  readonly policy: { readonly digest: string } | null;
  readonly model: { readonly packageDigest: string } | null;
}

/** Compares a quote with a decision. @returns undefined where the decision neither offers nor refuses credit. */
export function compareQuote(quoting: Quoting, application: Application, decided: Decided): ComparedQuote | undefined {
  if (decided.outcome === 'INCOMPLETE' || decided.outcome === 'WITHDRAWN') return undefined;
  const { prequalificationId, quotedOn, validUntil, offers } = quoting.continued.quote;
  const isKept = offers.every((quoted) => decided.offers.some((each) => isAsGood(each, quoted)));
  return {
    prequalification: prequalificationId,
    quotedOn,
    validUntil: validUntil ?? quotedOn,
    offers,
    outcome: isKept ? 'KEPT' : decided.offers.length > 0 ? 'CHANGED' : 'WITHDRAWN',
    because: isKept ? [] : differences(quoting, application, decided),
  };
}

/** Whether an offer gives a quoted amount and term, at the quoted rates or lower ones. */
function isAsGood(offered: Offer, quoted: Offer): boolean {
  const [given, promised] = [ratesOf(offered), ratesOf(quoted)];
  return (
    same(principalOf(offered), principalOf(quoted)) && given.every((rate, at) => rate <= (promised[at] ?? Number.NaN))
  );
}

const principalOf = (of: Offer) =>
  of.kind === 'LOAN' ? [of.amountCents, of.termMonths] : [of.limitCents, of.plan, of.drawDays];

const ratesOf = (of: Offer): number[] => [
  of.annualRateBasisPoints,
  Number(of.apr),
  ...(of.kind === 'LINE' ? [of.subscriptionFeeCents, Number(of.allInRate)] : []),
];

/** The members of an application that hold statements about the applicant. */
const STATED = ['income', 'employment', 'housing', 'deposits'] as const;

function differences({ continued, report }: Quoting, application: Application, decided: Decided): QuoteDifference[] {
  const { stated, policy, model, quote: made } = continued;
  const named =
    (fact: QuoteDifference['fact']) =>
    (name: string): QuoteDifference => ({ fact, name });
  const when = (differs: boolean, fact: QuoteDifference['fact']): QuoteDifference[] => (differs ? [{ fact }] : []);
  const found = [
    ...differing(stated.request, application.request).map(named('REQUEST')),
    ...differing(pickStated(stated), pickStated(application)).map(named('STATED')),
    ...(report ? reportDifferences(continued.report, report) : []).map(named('REPORT')),
    ...when(decided.policy !== null && decided.policy.digest !== policy.digest, 'POLICY'),
    ...when(decided.model !== null && model !== null && decided.model.packageDigest !== model.packageDigest, 'MODEL'),
    ...when(made.validUntil !== null && decided.decidedOn > made.validUntil, 'EXPIRED'),
    ...when(decided.decidedBy !== 'POLICY', 'REVIEW'),
  ];
  return found.length > 0 ? found : [{ fact: 'CHECKS' }];
}

/** The date, the references and the kind of pull differ between any two reports, so they are no reason. */
function reportDifferences(before: CreditReport, after: CreditReport): string[] {
  const status = before.status === after.status ? [] : ['status'];
  if (!before.attributes || !after.attributes) return status;
  return [...status, ...differing(before.attributes, after.attributes)];
}

const pickStated = (from: Application): object =>
  Object.fromEntries(STATED.flatMap((name) => (Object.hasOwn(from, name) ? [[name, memberOf(from, name)]] : [])));

/** The names of the members that differ, in the order of the first. */
const differing = (one: object, other: object): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (name) => !same(memberOf(one, name), memberOf(other, name)),
  );

const memberOf = (of: object, name: string): unknown => (of as Record<string, unknown>)[name];

const same = (one: unknown, other: unknown): boolean => canonicalJson(one ?? null) === canonicalJson(other ?? null);
