import type { HistoryEvent } from '../../adapters/ports.ts';
import type { Step } from '../../app/contracts.ts';
import { isOfAct } from '../../app/notices/issued.ts';
import { redactTaskTokens } from '../../app/workflow/archive-history.ts';
import { eventId } from '../../app/workflow/record-step.ts';
import type { JsonObject } from '../../domain/json.ts';
import { OF_WITHDRAWAL } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import type { EventType } from '../../domain/ledger/events.ts';
import { executionName, parseExecutionName } from '../../domain/ledger/execution-name.ts';
import { attentionNeededStatement, completedId, reviewAwaitedStatement } from '../../domain/ledger/statements.ts';
import type { Fault } from './fault.ts';
import { same } from './rests-on.ts';

/** A call of a function in a step history. */
interface Call {
  /** Of the ledger event that the function appends. */
  readonly id: string;
  readonly payload: Payload;
  /** Whether it answers by a task token. */
  readonly waits: boolean;
  submitted: boolean;
  output: JsonObject | undefined;
}

type Payload = JsonObject & {
  readonly step: Step & JsonObject;
  readonly application: { readonly applicationId: string };
  readonly bureau?: string;
  readonly pullEpoch?: number;
  readonly escalation?: number;
  readonly retryCount?: number;
};

/** @throws SyntaxError, TypeError for a history that no engine wrote. */
function callsOf(history: readonly HistoryEvent[]): Call[] {
  const byEvent = new Map<number, Call>();
  const calls: Call[] = [];
  for (const event of history) {
    if (event.type === 'TaskScheduled') {
      const { parameters } = event['taskScheduledEventDetails'] as { parameters: string };
      const payload = (JSON.parse(parameters) as { Payload: Payload }).Payload;
      const waits = typeof payload['taskToken'] === 'string';
      const call: Call = { id: idOf(payload), payload, waits, submitted: false, output: undefined };
      calls.push(call);
      byEvent.set(event.id, call);
      continue;
    }
    const call = byEvent.get(event.previousEventId);
    if (!call || !event.type.startsWith('Task') || event.type === 'TaskStateExited') continue;
    byEvent.set(event.id, call);
    if (event.type === 'TaskSubmitted') call.submitted = true;
    if (event.type === 'TaskSucceeded') {
      const { output } = event['taskSucceededEventDetails'] as { output: string };
      const answered = JSON.parse(output) as JsonObject;
      call.output = call.waits ? answered : (answered['Payload'] as JsonObject);
    }
  }
  return calls;
}

/** The id under which the function that was called records its work. */
function idOf({ step, application, bureau, pullEpoch, escalation, retryCount }: Payload): string {
  switch (step.state) {
    case 'ValidateApplication':
      return eventId({
        executionArn: executionName(application.applicationId, parseExecutionName(step.executionArn).reopening),
        state: step.state,
        round: 0,
      });
    case 'PullBureauReport':
      return eventId(step, `${bureau}/${pullEpoch}`);
    case 'AwaitReview':
      return eventId(step, String(escalation));
    case 'NeedsAttention':
      return eventId(step, String(retryCount));
    case 'RecordDecision':
    case 'IssueNotices':
      return eventId({ ...step, round: 0 });
    default:
      return eventId(step);
  }
}

const damaged: Fault = {
  fault: 'HISTORY_DIFFERS',
  sequence: null,
  detail: 'The step history is not one that the engine wrote: it was changed.',
};

/** What the engine did, as far as `history` was read before the ledger, is in the ledger with the same output. */
export function stepFaults(history: readonly HistoryEvent[], entries: readonly LedgerEntry[]): Fault[] {
  let calls: Call[];
  try {
    calls = callsOf(history);
  } catch {
    return [damaged];
  }
  const faults: Fault[] = [];
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const missing = (state: string, what: string) =>
    faults.push({ fault: 'STEP_MISSING', sequence: null, detail: `${state} ${what}, and no entry says so.` });
  for (const { id, payload, waits, submitted, output } of calls) {
    const { state } = payload.step;
    if (submitted && !byId.has(id)) missing(state, 'opened a task');
    if (output === undefined || output['status'] === 'REJECTED') continue;
    const entry = byId.get(waits ? completedId(id) : recordedUnder(id, byId));
    if (!entry) missing(state, waits ? 'was answered' : 'did its work');
    else if (!same(entry.body['output'], output)) {
      const detail = `The step history of ${state} has another output.`;
      faults.push({ fault: 'STEP_DIFFERS', sequence: entry.sequence, detail });
    }
  }
  return faults;
}

/** The id under which a call recorded its work: a decision whose id a withdrawal took has another. */
function recordedUnder(id: string, byId: ReadonlyMap<string, LedgerEntry>): string {
  const withdrawn = `${id}/${OF_WITHDRAWAL}`;
  return byId.has(withdrawn) ? withdrawn : id;
}

/** Events that the functions of the state machine append, each called in a state. */
const STEP_EVENTS: ReadonlySet<string> = new Set<EventType>([
  'APPLICATION_VALIDATED',
  'APPLICANTS_SCREENED',
  'PRE_BUREAU_POLICY_APPLIED',
  'BUREAU_REPORT_PULLED',
  'BUREAU_ANSWER_UNREADABLE',
  'APPLICATION_SCORED',
  'POLICY_APPLIED',
  'REVIEW_AWAITED',
  'ATTENTION_NEEDED',
  'DECISION_RECORDED',
  'NOTICES_ISSUED',
]);

/** What the ledger says of steps, the engine did. @param history read after the ledger. */
export function entryOriginFaults(history: readonly HistoryEvent[], entries: readonly LedgerEntry[]): Fault[] {
  let calls: Call[];
  try {
    calls = callsOf(history);
  } catch {
    return [damaged];
  }
  return entries.flatMap((entry): Fault[] => {
    const { id, type, sequence, occurredAt } = entry;
    if (type === 'TASK_RESUMED' && !history.some((event) => event.type === 'ExecutionRedriven')) {
      return [{ fault: 'STEP_UNKNOWN', sequence, detail: 'The step history has no redrive that resumes a task.' }];
    }
    if (!STEP_EVENTS.has(type) || isOfAct(entry)) return [];
    const made = calls.filter((call) =>
      type === 'BUREAU_ANSWER_UNREADABLE'
        ? id.startsWith(`${eventId(call.payload.step)}/`)
        : call.id === id || (type === 'DECISION_RECORDED' && id === `${call.id}/${OF_WITHDRAWAL}`),
    );
    if (!made.some(({ payload }) => payload.step.enteredAt === occurredAt)) {
      return [{ fault: 'STEP_UNKNOWN', sequence, detail: 'The step history has no such step at this time.' }];
    }
    const facts = made.map(({ payload }) => openingFacts(type, payload));
    if (facts.every((each) => each === undefined || same(each, entry.body['facts']))) return [];
    return [{ fault: 'STEP_DIFFERS', sequence, detail: 'The step history opened the task with other facts.' }];
  });
}

/** What an entry that opens a task says of it: no sealed evidence has it. */
function openingFacts(type: string, payload: Payload): JsonObject | undefined {
  const { stage, escalation, failure, retryCount } = payload as JsonObject;
  if (type === 'REVIEW_AWAITED') return reviewAwaitedStatement(stage!, escalation as number).facts;
  if (type !== 'ATTENTION_NEEDED') return undefined;
  return attentionNeededStatement(failure as { state: string; error: string }, retryCount as number).facts;
}

/** An execution's history, as the ledger's newest archive of it has it, holds to what the engine still has. */
export function archiveFaults(
  history: readonly HistoryEvent[],
  archives: readonly { readonly sequence: number; readonly events: readonly HistoryEvent[] }[],
): Fault[] {
  const redacted = redactTaskTokens(history);
  return archives
    .filter(({ events }) => !same(redacted.slice(0, events.length), events))
    .map(({ sequence }) => ({
      fault: 'HISTORY_DIFFERS',
      sequence,
      detail: 'The archived step history and the engine’s say different things: one was changed.',
    }));
}
