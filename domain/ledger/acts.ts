/**
 * What each act of a person or of a sweep states: its id, and the members of its body that other records determine. The
 * function that writes an act and the verifier that checks it both call the function of its type, so the two cannot differ.
 */
import type { Offer } from '../policy/result.ts';
import type { Forgetting, Refusal, Retention } from '../retention/retention.ts';
import { digestOf } from './canonical-json.ts';
import type { LedgerEntry } from './chain.ts';

/** The one event that closes a decision, by acceptance, lapse, withdrawal or reopening. @param decision its address. */
export const closedId = (decision: string): string => `decisions/${decision}/closed`;

/** The reopening of a decision whose offers lapsed: the lapse has the id that closes the decision. */
export const reopenedId = (decision: string): string => `decisions/${decision}/reopened`;

/** The one event that settles an acceptance: it is booked, or it lapses. */
export const settledId = (decision: string): string => `decisions/${decision}/settled`;

/** The one result of a condition: it is cleared, or what was verified contradicts the application. */
export const conditionId = (decision: string, condition: string): string =>
  `decisions/${decision}/conditions/${condition}`;

/** The one revision of an offer. */
export const revisedId = (decision: string, offerId: string): string =>
  `decisions/${decision}/offers/${offerId}/revised`;

/** @param decision the address of the decision. @param expiredOn the last local date of its offers. */
export const lapseStatement = (offers: readonly Pick<Offer, 'offerId'>[], decision: string, expiredOn: string) => ({
  id: closedId(decision),
  body: { offerIds: offers.map(({ offerId }) => offerId), expiredOn },
});

/**
 * The id of the decision that an execution records. A withdrawal of an undecided application takes this id, so that of a
 * decision and a withdrawal one comes first.
 */
export const decisionId = (executionArn: string): string => `${executionArn}/RecordDecision/0`;

/** What the id of a decision ends with that records a withdrawal, because the withdrawal took `decisionId`. */
export const OF_WITHDRAWAL = 'withdrawn';

/** @param decision the address of the decision. @param completeBy the last local date on which it could be completed. */
export const applicationLapseStatement = (decision: string, completeBy: string) => ({
  id: closedId(decision),
  body: { completeBy },
});

/** @param before the application's entries before the act. */
export function holdId(
  before: readonly LedgerEntry[],
  type: 'LEGAL_HOLD_PLACED' | 'LEGAL_HOLD_LIFTED',
  matter: string,
): string {
  const earlier = before.filter((entry) => entry.type === type && entry.body['matter'] === matter).length;
  return `hold/${matter}/${type === 'LEGAL_HOLD_PLACED' ? 'placed' : 'lifted'}/${earlier + 1}`;
}

/** @param objects the number of sealed objects that the entries name. */
export const extensionStatement = (
  applicationId: string,
  { retainUntil, periods }: Pick<Retention, 'retainUntil' | 'periods'>,
  objects: number,
) => ({
  id: `retention/${applicationId}/${retainUntil}`,
  body: { retainUntil, periods: periods.map((period) => ({ ...period })), objects },
});

/** @param date the creditor's local date of the request. @param reason null when the request is granted. */
export const forgettingRequestId = (applicationId: string, date: string, reason: string | null): string =>
  `forget/${applicationId}/${date}/${reason ?? 'GRANTED'}`;

/** @param date the creditor's local date of the request. @param refusal undefined when the request is granted. */
export const forgettingAnswer = (date: string, refusal: Refusal | undefined) =>
  refusal
    ? { answer: 'DENIED' as const, reason: refusal.reason, doneOn: refusal.doneOn }
    : { answer: 'GRANTED' as const, reason: null, doneOn: date };

/** The decision to forget. An earlier hold or reopening voids it, and it is decided again after that. */
export const forgettingStatement = (
  applicationId: string,
  before: readonly LedgerEntry[],
  { requested }: Pick<Retention, 'requested'>,
) => {
  const earlier = before.filter(({ type }) => type === 'LEGAL_HOLD_LIFTED' || type === 'DECISION_REOPENED').length;
  return {
    id: `forgetting/${applicationId}/${earlier}`,
    body: { why: requested ? ('APPLICANT_REQUEST' as const) : ('RETENTION_EXPIRED' as const) },
  };
};

/** @param decided the decision to forget. @param objects the number of sealed objects that no key opens. */
export const forgottenStatement = (decided: NonNullable<Forgetting['decided']>, objects: number) => ({
  id: `${decided.id}/done`,
  body: { objects },
});

/** @param version the number of the switch's changes, with this one. */
export const switchId = (kind: string, id: string, version: number): string => `switch/${kind}:${id}/${version}`;

/** @param version the number of changes to the product's policies, with this one. */
export const policyChangeId = (product: string, version: number): string => `policy/${product}/${version}`;

/** @param version the number of changes to the registry of models, with this one. */
export const modelChangeId = (version: number): string => `models/${version}`;

/** The start of the id of each export that a person made. */
export const exportIdPrefix = (by: string): string => `export/${by}/`;

/** The digest keeps the sender's text out of the ledger, which is never erased. */
export const exportId = (by: string, requestId: string): string =>
  `${exportIdPrefix(by)}${digestOf([by, requestId]).slice(0, 32)}`;

/** The one id of each fact about an attempt to give a notice. @param notice the address of the sealed notice. */
export const noticeFactId = (notice: string, attempt: number, fact: 'printing' | 'sent' | 'returned'): string =>
  `notices/${notice}/${attempt}/${fact}`;

/** The one id of a warning. @param countedFrom the creditor's local date from which the days are counted. */
export const noticeWarningId = (applicationId: string, countedFrom: string, day: number): string =>
  `notices/${applicationId}/${countedFrom}/day-${day}`;
