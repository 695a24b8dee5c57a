/**
 * What each event states of the sealed object that it rests on. The function that writes an event and the verifier that
 * checks it both call the statement of its type, so the two cannot differ.
 */
import type { Validation } from '../application/completeness.ts';
import type { CreditReport } from '../bureau/report.ts';
import type { DecisionRecord } from '../decision/record.ts';
import type { Review } from '../decision/review.ts';
import type { Json } from '../json.ts';
import type { PolicyResult } from '../policy/result.ts';
import type { Scoring } from '../scoring/scoring.ts';
import type { Screening } from '../screening/screen.ts';
import type { LedgerEntry } from './chain.ts';
import { readBody, type EventType } from './events.ts';

/** The queue of a task: a reviewer's, or an operator's. */
export type Queue = 'REVIEW' | 'ATTENTION';

const TASK_EVENTS = {
  REVIEW: { opened: 'REVIEW_AWAITED', completed: 'REVIEW_COMPLETED' },
  ATTENTION: { opened: 'ATTENTION_NEEDED', completed: 'ATTENTION_COMPLETED' },
} as const satisfies Record<Queue, { readonly opened: EventType; readonly completed: EventType }>;

/** The type of the entry that opens a task of a queue. */
export const openedBy = (queue: Queue) => TASK_EVENTS[queue].opened;

/** The queue of the task that an entry opens. */
export const queueOf = ({ type }: Pick<LedgerEntry, 'type'>): Queue =>
  type === TASK_EVENTS.REVIEW.opened ? 'REVIEW' : 'ATTENTION';

/** Whether an entry opens a task. */
export const opensTask = ({ type }: Pick<LedgerEntry, 'type'>): boolean =>
  type === TASK_EVENTS.REVIEW.opened || type === TASK_EVENTS.ATTENTION.opened;

/** Whether an entry records the answer to a task. */
export const completesTask = ({ type }: Pick<LedgerEntry, 'type'>): boolean =>
  type === TASK_EVENTS.REVIEW.completed || type === TASK_EVENTS.ATTENTION.completed;

/** The one id of a task's answer, so a second caller finds the first answer. @param task the id of the opening entry. */
export const completedId = (task: string): string => `${task}/completed`;

/** The one id of a task's draft. @param task the id of the opening entry. */
export const draftId = (task: string): string => `${task}/draft`;

/** @param evidence the address of the sealed validation. */
export const validationStatement = ({ status, missing }: Validation, evidence: string) => ({
  output: { status, evidence },
  facts: { missing: missing.map(({ path }) => path) },
});

/** @param evidence the address of the sealed screening. */
export const screeningStatement = ({ status, list, possibleMatches }: Screening, evidence: string) => ({
  output: { status, evidence },
  facts: { list: list.name, listVersion: list.version, possibleMatches: possibleMatches.length },
});

/** @param policyApproval the id of the entry that approved the policy; null before any policy of the product was governed. */
export const preBureauPolicyStatement = (
  { policy, outcome }: PolicyResult,
  evidence: string,
  policyApproval: Json,
) => ({
  output: { outcome, evidence },
  facts: {
    policy: policy.id,
    policyVersion: policy.version,
    policyDigest: policy.digest,
    policyApproval,
    outcome,
  },
});

/** @param policyApproval as for `preBureauPolicyStatement`. */
export const policyStatement = (result: PolicyResult, evidence: string, policyApproval: Json) => {
  const { output, facts } = preBureauPolicyStatement(result, evidence, policyApproval);
  return { output, facts: { ...facts, reasons: result.reasons } };
};

/** @param evidence the address of the sealed report. @param reused whether an earlier entry pulled it. */
export const reportStatement = (
  { bureau, status, attributes, inquiry, reference, simulated }: CreditReport,
  evidence: string,
  reused = false,
) => ({
  output: { bureau, status, scorable: attributes !== null, evidence },
  facts: { bureau, status, inquiry, reference, simulated, ...(reused && { reused }) },
});

/** A pull that brought no report. */
export const noReportStatement = <Status extends Json>(bureau: string, status: Status) => ({
  output: { bureau, status, scorable: false, evidence: null },
  facts: { bureau, status },
});

/**
 * @param evidence the address of the sealed score.
 * @param modelApproval the ledger entry of the model's promotion; null for a model that needed none.
 */
export const scoreStatement = ({ model, result }: Scoring, evidence: string, modelApproval: Json) => ({
  output: { evidence },
  facts: { model: model.id, modelVersion: model.version, modelApproval, scored: result !== null },
});

/** A review whose task waits: its stage of the workflow, and its number of escalations. */
export const reviewAwaitedStatement = <Stage extends Json>(stage: Stage, escalation: number) => ({
  facts: { stage, escalation },
});

/** @param tries how often the task was opened before. */
export const attentionNeededStatement = (
  failure: { readonly state: string; readonly error: string },
  tries: number,
) => ({
  facts: { failedState: failure.state, error: failure.error, tries },
});

/** @param evidence the address of the sealed review. */
export const reviewStatement = (
  { queue, by, at, role, action, confirmation, rejected, consent }: Review,
  evidence: string,
) => ({
  type: TASK_EVENTS[queue].completed,
  actor: confirmation?.by ?? by,
  occurredAt: confirmation?.at ?? at,
  action,
  role: confirmation?.role ?? role,
  draftedBy: confirmation ? by : rejected?.by,
  ...(consent && { consent }),
  output: { action, evidence },
});

/** A review that waits for a second person. */
export const draftStatement = ({ by, at, role, action, authority }: Review) => ({
  actor: by,
  occurredAt: at,
  action,
  role,
  second: authority?.second ?? [],
});

/** @param opened the entry that opened the task. @param archive the entry that archived the end before the redrive. */
export const resumptionStatement = (opened: LedgerEntry, archive: LedgerEntry) => ({
  id: `${archive.id}/resumed`,
  occurredAt: opened.occurredAt,
  task: opened.id,
});

/** The outcome that the entry of a decision states. */
export const outcomeIn = (decided: LedgerEntry): DecisionRecord['outcome'] =>
  readBody(decided, 'DECISION_RECORDED').facts['outcome'] as DecisionRecord['outcome'];

/** @param evidence the address of the sealed decision record. */
export const decisionStatement = ({ outcome, decidedBy, reasons, noticeDueOn }: DecisionRecord, evidence: string) => ({
  output: { outcome, evidence },
  facts: { outcome, decidedBy, reasons: reasons.map(({ code }) => code), noticeDueOn },
});

/** The members of a notice that its entry states. */
interface StatedNotice<Kind extends string> {
  readonly kind: Kind;
  readonly template: string;
  readonly language: string;
  readonly channel: string;
  readonly dueOn: string;
}

/** @param issued the notices of a decision or an act, each with the address of its sealed object. */
export const noticesStatement = <Kind extends string>(
  issued: readonly { readonly notice: StatedNotice<Kind>; readonly address: string }[],
) => ({
  output: { notices: issued.map(({ notice: { kind }, address }) => ({ kind, evidence: address })) },
  facts: {
    notices: issued.map(({ notice: { kind, template, language, channel, dueOn } }) => ({
      kind,
      template,
      language,
      channel,
      dueOn,
    })),
  },
});

/** The members of an archived step history that its entry states. */
interface StatedHistory {
  readonly executionArn: string;
  readonly status: string;
  readonly events: readonly { readonly id: number; readonly timestamp: string }[];
}

/** The instant is undefined for a history without events. */
export const archiveStatement = ({ executionArn, status, events }: StatedHistory) => ({
  id: `${executionArn}/archive/${events.at(-1)?.id ?? 0}`,
  occurredAt: events.at(-1)?.timestamp,
  executionArn,
  status,
  events: events.length,
});
