import { listExecutions, readHistory } from '@underwright/asl-engine';

import { readPullLog, type LoggedPull } from '../../adapters/bureaus/simulator/pull-log.ts';
import { composeEmbedded, type Embedded } from '../../adapters/compose/embedded.ts';
import type { HistoryEvent } from '../../adapters/ports.ts';
import { readSummary } from '../../app/work-items.ts';
import { readEvidence } from '../../app/workflow/read-evidence.ts';
import { PERSONAL_LOAN } from '../../domain/application/products.ts';
import { decisionRecord } from '../../domain/decision/record.ts';
import type { JsonObject } from '../../domain/json.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { verifyChain, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody, type EventType } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { STATE_MACHINE } from '../../local/underwriting-process.ts';
import type { Outside } from './clients.ts';

export const HELD = 'HELD FOR PULL_AMBIGUOUS';

export interface Found {
  /** What broke a promise, each beginning with the promise's name. */
  readonly violations: readonly string[];
  /** By application id: the decision's outcome, offers and reasons as JSON, or HELD. */
  readonly outcomes: ReadonlyMap<string, string>;
}

/** Holds what a data folder has against what its clients were told. Needs no process on the folder. */
export async function check(folder: string, known: Outside): Promise<Found> {
  const embedded = composeEmbedded(folder, { readOnly: true });
  try {
    const pulls = await readPullLog(embedded.bureauLog);
    const published = new Set((await embedded.events.read({ limit: 1_000_000 })).map(({ event }) => event.id));
    const outcomes = new Map<string, string>();
    const violations = known.faults.map((fault) => `CLIENT_FAULT ${fault}`);
    for (const reference of doubled(pulls.filter(({ posted }) => posted).map((pull) => pull.reference))) {
      violations.push(`PULLED_TWICE the bureau posted ${reference} more than once`);
    }
    const owned = new Set<string>();
    for (const applicationId of known.cases.keys()) {
      const one = await checkOne(embedded, known, applicationId, pulls, published);
      violations.push(...one.violations.map((text) => `${text} (${applicationId})`));
      for (const reference of one.references) owned.add(reference);
      outcomes.set(applicationId, one.outcome);
    }
    for (const { reference, posted } of pulls) {
      if (posted && !owned.has(reference))
        violations.push(`PULL_NOT_ORDERED ${reference} was pulled by nobody's order`);
    }
    return { violations, outcomes };
  } finally {
    embedded.close();
  }
}

interface FoundOne {
  readonly violations: string[];
  readonly outcome: string;
  /** Of the pulls that were ordered. */
  readonly references: readonly string[];
}

async function checkOne(
  embedded: Embedded,
  known: Outside,
  applicationId: string,
  pulls: readonly LoggedPull[],
  published: ReadonlySet<string>,
): Promise<FoundOne> {
  const violations: string[] = [];
  const expect = (holds: boolean, violation: string) => {
    if (!holds) violations.push(violation);
  };
  const entries = await embedded.ledger.read(applicationId);
  for (const { fault } of verifyChain(applicationId, entries)) violations.push(`CHAIN_BROKEN ${fault}`);
  const ofType = (type: EventType) => entries.filter((entry) => entry.type === type);

  const received = ofType('APPLICATION_RECEIVED');
  const acknowledged = known.acknowledged.get(applicationId);
  const digest = received[0] && readBody(received[0], 'APPLICATION_RECEIVED').evidence[0]?.address;
  const executions = listExecutions(embedded.database, { machine: STATE_MACHINE }).filter(
    ({ name }) => name === applicationId,
  );
  const [execution] = executions;
  expect(received.length === 1 && executions.length === 1 && digest === acknowledged?.digest, 'ACKNOWLEDGED_LOST');
  if (!execution) return { violations, outcome: 'LOST', references: [] };

  const history = readHistory(embedded.database, execution.executionArn);
  violations.push(...historyFaults(history, execution.status));
  violations.push(...(await archiveFaults(embedded, applicationId, entries, history, execution.status)));

  const decisions = ofType('DECISION_RECORDED');
  const decided = execution.status === 'SUCCEEDED';
  expect(decisions.length <= 1, 'DECISION_DOUBLED');
  expect(!decided || decisions.length === 1, 'DECISION_LOST');
  expect(ofType('NOTICES_ISSUED').length === decisions.length, 'NOTICE_LOST');
  const summary = await readSummary(embedded.workStore, applicationId);
  const task = await embedded.workStore.get(keys.task(applicationId).pk, keys.task(applicationId).sk);
  let outcome = `${execution.status} ${String(summary?.status)}`;
  if (decisions[0]) {
    const address = readBody(decisions[0], 'DECISION_RECORDED').evidence[0]?.address ?? '';
    const decision = decisionRecord.parse(await embedded.evidence.open(applicationId, 'decision', address));
    outcome = JSON.stringify([decision.outcome, decision.offers, decision.reasons]);
    // The applicant can complete an incomplete application, so it has no outcome yet.
    const pending = decision.outcome === 'INCOMPLETE';
    const status = pending ? 'PENDING_APPLICANT' : 'DECIDED';
    expect(summary?.status === status && summary.outcome === (pending ? null : decision.outcome), 'SUMMARY_STALE');
    expect(task === undefined, 'QUEUE_STALE');
    expect(published.has(decisions[0].id), 'EVENT_LOST DecisionRecorded');
  } else if (execution.status === 'RUNNING' && (await heldForPull(embedded, applicationId, task?.data))) {
    outcome = HELD;
  }

  // One pull, and one more for every new pull that a person ordered.
  const ordered = ofType('REVIEW_COMPLETED').filter(
    (entry) => readBody(entry, 'REVIEW_COMPLETED').action === 'REPULL',
  ).length;
  const references = PERSONAL_LOAN.bureaus.flatMap((bureau) =>
    Array.from({ length: 1 + ordered }, (_, epoch) =>
      digestOf(['HARD_PULL', applicationId, bureau, epoch]).slice(0, 32),
    ),
  );
  const posted = pulls.filter((pull) => pull.posted && references.includes(pull.reference)).length;
  expect(posted <= 1 + ordered, 'PULLED_MORE_THAN_ORDERED');
  return { violations, outcome, references };
}

async function heldForPull(embedded: Embedded, applicationId: string, task: JsonObject | undefined): Promise<boolean> {
  const address = (task?.['details'] as JsonObject | undefined)?.['policy'];
  if (task?.['queue'] !== 'REVIEW' || typeof address !== 'string') return false;
  const { rules } = await readEvidence(embedded.evidence, applicationId, 'policy', address);
  return rules.some(({ id, result }) => id === 'PULL_AMBIGUOUS' && result === 'FIRED');
}

/** What no event follows, in AWS's histories: docs/engine-differences.md. */
const NO_PREDECESSOR =
  /^ExecutionStarted$|^MapIteration(Succeeded|Failed|Aborted)$|^MapStateSucceeded$|^TaskStateAborted$/;

/** The product has one bureau, so nothing runs in parallel and each event follows the one before that can be followed. */
function historyFaults(history: readonly HistoryEvent[], status: string): string[] {
  const faults: string[] = [];
  const counted = (pattern: RegExp) => history.filter(({ type }) => pattern.test(type)).length;
  let previous = 0;
  for (const [index, { id, previousEventId, type }] of history.entries()) {
    if (id !== index + 1) faults.push(`HISTORY_BROKEN event ${id} at place ${index + 1}`);
    if (previousEventId !== previous) faults.push(`HISTORY_BROKEN ${type} ${id} follows ${previousEventId}`);
    if (!NO_PREDECESSOR.test(type)) previous = id;
  }
  const waiting = status === 'RUNNING' ? 1 : 0;
  const pairs = [
    [/StateEntered$/, /StateExited$|^ExecutionFailed$/],
    [/^TaskScheduled$/, /^Task(Succeeded|Failed|TimedOut)$/],
    [/^TaskScheduled$/, /^Task(Started|StartFailed)$/],
    [/^MapStateStarted$/, /^MapState(Succeeded|Failed|Aborted)$/],
    [/^MapIterationStarted$/, /^MapIteration(Succeeded|Failed|Aborted)$/],
  ] as const;
  for (const [opens, closes] of pairs) {
    const open = counted(opens) - counted(closes) - openBy(history, opens, closes);
    if (open !== 0 && open !== waiting)
      faults.push(`HISTORY_BROKEN ${open} of ${opens.source} without ${closes.source}`);
  }
  return faults;
}

/** The state of a map item that failed is left without an exit, as in AWS's histories. */
function openBy(history: readonly HistoryEvent[], opens: RegExp, closes: RegExp): number {
  if (!opens.test('TaskStateEntered') || closes.test('TaskSucceeded')) return 0;
  return history.filter(({ type }) => type === 'MapStateFailed').length;
}

async function archiveFaults(
  { evidence }: Embedded,
  applicationId: string,
  entries: readonly LedgerEntry[],
  history: readonly HistoryEvent[],
  status: string,
): Promise<string[]> {
  const archives = entries.filter(({ type }) => type === 'HISTORY_ARCHIVED');
  if (archives.length !== (status === 'RUNNING' ? 0 : 1)) return [`ARCHIVE_MISSING ${archives.length} archives`];
  const faults: string[] = [];
  for (const entry of archives) {
    const address = readBody(entry, 'HISTORY_ARCHIVED').evidence[0]?.address ?? '';
    const archived = (await evidence.open(applicationId, 'history', address)) as { events: HistoryEvent[] };
    if (archived.events.length !== history.length) faults.push('ARCHIVE_MISSING the archive is not the whole history');
  }
  return faults;
}

function doubled(values: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(values.filter((value) => seen.has(value) || !seen.add(value)));
}
