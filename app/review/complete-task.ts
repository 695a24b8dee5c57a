import * as z from 'zod';

import {
  TaskTokenSpent,
  type Changes,
  type Clock,
  type Evidence,
  type Ledger,
  type WorkItem,
  type Workflows,
  type WorkStore,
} from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors, type FieldError } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import { caseOf, objectionToDecision } from '../../domain/casework/case.ts';
import { clearingFaults } from '../../domain/decision/clearance.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { JsonObject } from '../../domain/json.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { completedId, reviewStatement } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { termsOf } from '../../domain/products/request.ts';
import { keys } from '../../domain/projections/keys.ts';
import { isAnswerTaken, type OpenTask } from '../../domain/projections/task.ts';
import { statusOf } from '../../domain/status.ts';
import { appendOnce } from '../append-once.ts';
import { evidenceAddress, fieldError, type Contract, type Output, type UseCase } from '../contracts.ts';
import { removeItem, syncStatus } from '../work-items.ts';
import { readApplication, readEvidence } from '../workflow/read-evidence.ts';
import { sealed, type StepPorts } from '../workflow/record-step.ts';
import { receivedDigest, receivedEventId } from '../workflow/start-execution.ts';
import { caseReport } from './case-report.ts';
import { taskCommand, type TaskCommand } from './command.ts';
import { judgeCommand, type Judged } from './judge-command.ts';

/** What a person decides on an application that waits: the only sender of task tokens. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({ result: z.literal('COMPLETED'), applicationId, action: z.string(), evidence: evidenceAddress }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('NOT_WAITING'), applicationId, message: z.string() }),
    /** Another person has claimed the case, the claim of this person has expired, or the applicant still has time to answer. */
    z.strictObject({
      result: z.literal('CLAIM_REFUSED'),
      applicationId,
      reason: z.enum(['CLAIMED_BY_OTHER', 'CLAIM_EXPIRED', 'WAITS_FOR_APPLICANT']),
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;

export interface CompleteTaskPorts extends StepPorts {
  readonly workStore: WorkStore;
  readonly workflows: Workflows;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly lending: LendingSettings;
}

type Answer = Output<typeof contract>;

/**
 * Records a person's answer to a task that waits and lets the execution continue. No other function may answer a task token.
 * The first answer is final. A later call finishes what the first left undone; the same answer again is COMPLETED.
 */
export function completeTask(ports: CompleteTaskPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = taskCommand.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const command = signed(parsed.data);
    const { applicationId, action } = command;
    const open = await openTaskOf(ports, command);
    const entries = await ports.ledger.read(applicationId);

    let recorded = await recordedAnswer(ports, command, entries);
    if (!recorded && open) {
      const found = caseOf(entries);
      const objection = found && objectionToDecision(found, command.by, ports.clock.now().toISOString());
      if (objection) return { result: 'CLAIM_REFUSED', applicationId, ...objection };
      const judged = await judge(ports, command, open.task, entries);
      if (!judged.ok) return { result: 'REJECTED', errors: judged.errors };
      recorded = await record(ports, command, open.task, judged.offer);
    }
    if (!recorded)
      return notWaiting(command, statusOf(entries)?.waiting?.kind === 'ENDED' ? EXECUTION_ENDED : NO_SUCH_TASK);
    if (open) {
      const late = await sendOn(ports, applicationId, open, recorded.output);
      if (late) return notWaiting(command, 'Its deadline has passed: decide it again when it is in the queue.');
    }
    return isRepeated(command, recorded.review)
      ? { result: 'COMPLETED', applicationId, action, evidence: recorded.evidence }
      : notWaiting(command, `${recorded.review.by} has decided on it: look at its trace.`);
  };
}

/** Names the reviewer in each evidence object that names no person. */
const signed = (command: TaskCommand): TaskCommand => ({
  ...command,
  clearances: command.clearances.map((each) => ({ by: command.by, ...each })),
});

const NO_SUCH_TASK = 'This task does not wait: look at the status of the application.';
const EXECUTION_ENDED = 'The execution has ended. Ask an operator to redrive it.';

interface Open {
  readonly item: WorkItem;
  readonly task: OpenTask;
}

/** The task that the command names, if it still waits. */
async function openTaskOf(
  { workStore }: CompleteTaskPorts,
  { applicationId, task }: TaskCommand,
): Promise<Open | undefined> {
  const { pk, sk } = keys.task(applicationId);
  const item = await workStore.get(pk, sk);
  return item && item.data['eventId'] === task ? { item, task: item.data as OpenTask } : undefined;
}

/** Answers the token and takes the task off its queue. @returns whether the answer came too late for this task. */
async function sendOn(
  ports: CompleteTaskPorts,
  applicationId: string,
  { item, task }: Open,
  output: JsonObject,
): Promise<boolean> {
  const { workStore, workflows } = ports;
  await syncStatus(ports, applicationId);
  try {
    await workflows.succeedTask(task.taskToken, output);
  } catch (error) {
    if (!(error instanceof TaskTokenSpent)) throw error;
    return !(await wasAnswered(ports, applicationId, task));
  }
  await workStore.remove(item);
  await removeItem(workStore, keys.case(applicationId));
  return false;
}

/** 5 s = 50 × the time of the call that answered the token, until its next write shows. */
const ANSWER_SHOWS_MS = 5_000;
const LOOK_EVERY_MS = 100;

/**
 * Whether a task's token was spent by an answer and not by the deadline. The call that answered may be in flight still:
 * then neither a step after the decision nor the task's removal shows yet, and this waits for either.
 */
async function wasAnswered(
  { ledger, workStore, changes, clock }: CompleteTaskPorts,
  applicationId: string,
  task: OpenTask,
): Promise<boolean> {
  const { pk, sk } = keys.task(applicationId);
  const until = clock.now().getTime() + ANSWER_SHOWS_MS;
  const watch = changes.watch(applicationId);
  try {
    for (;;) {
      const waits = await workStore.get(pk, sk);
      if (waits && waits.data['taskToken'] !== task.taskToken) return wentOn(ledger, applicationId, task);
      if (!waits) return true;
      if (await wentOn(ledger, applicationId, task)) {
        await workStore.remove(waits);
        return true;
      }
      if (clock.now().getTime() >= until) return false;
      await watch.next(LOOK_EVERY_MS);
    }
  } finally {
    watch.close();
  }
}

async function wentOn(ledger: Ledger, applicationId: string, task: OpenTask): Promise<boolean> {
  const entries = await ledger.read(applicationId);
  const answer = entries.find(({ id }) => id === completedId(task.eventId));
  return isAnswerTaken(entries, answer);
}

function notWaiting({ applicationId }: TaskCommand, message: string): Answer {
  return { result: 'NOT_WAITING', applicationId, message };
}

/** Whether a command says what was recorded; terms that it leaves to the policy are those recorded. */
function isRepeated(
  command: TaskCommand,
  { by, action, clears, clearances = [], reasons, note, offer, confirmSecondInquiry }: Review,
): boolean {
  const { terms } = command;
  const stated = offer && terms && termsOf(offer);
  return (
    digestOf([command.by, command.action, command.clears, command.clearances, command.reasons, command.note]) ===
      digestOf([by, action, clears, clearances, reasons, note]) &&
    command.confirmSecondInquiry === confirmSecondInquiry &&
    (!stated || digestOf(stated) === digestOf(terms))
  );
}

/** The recorded answer to the command's task. */
interface RecordedAnswer {
  readonly review: Review;
  readonly evidence: string;
  /** What the task token is answered with. */
  readonly output: JsonObject;
}

async function recordedAnswer(
  { evidence }: CompleteTaskPorts,
  { applicationId, task }: TaskCommand,
  entries: readonly LedgerEntry[],
): Promise<RecordedAnswer | undefined> {
  const entry = entries.find(({ id }) => id === completedId(task));
  if (!entry) return undefined;
  const body = readBody(entry, entry.type === 'ATTENTION_COMPLETED' ? 'ATTENTION_COMPLETED' : 'REVIEW_COMPLETED');
  const address = body.evidence[0]?.address ?? '';
  return {
    review: await readEvidence(evidence, applicationId, 'review', address),
    evidence: address,
    output: body.output,
  };
}

async function judge(
  { evidence, clock, lending }: CompleteTaskPorts,
  command: TaskCommand,
  task: OpenTask,
  entries: readonly LedgerEntry[],
): Promise<Judged> {
  const { applicationId } = command;
  const received = entries.find(({ id }) => id === receivedEventId(applicationId));
  const { policy, failure } = task.details;
  const now = clock.now().toISOString();
  const judged = judgeCommand(command, {
    queue: task.queue,
    application: await readApplication(evidence, { applicationId, digest: received ? receivedDigest(received) : '' }),
    policy: policy === null ? null : await readEvidence(evidence, applicationId, 'policy', policy),
    failure,
    decided: statusOf(entries)?.decided ?? false,
    asOf: localDate(now, lending.lender.timeZone),
    ...lending,
  });
  if (!judged.ok) return judged;
  const errors = await faultsOfClearing(evidence, command, { entries, reviewedAt: now });
  return errors.length > 0 ? { ok: false, errors } : judged;
}

/** The faults of what a command clears, and of its evidence. Only CLEAR clears: `clears` of any review lifts a hold. */
async function faultsOfClearing(
  evidence: Evidence,
  command: TaskCommand,
  { entries, reviewedAt }: { readonly entries: readonly LedgerEntry[]; readonly reviewedAt: string },
): Promise<FieldError[]> {
  if (command.action === 'CLEAR') {
    return clearingFaults({ ...command, reviewedAt, ...(await caseReport(evidence, entries)) });
  }
  return (['clears', 'clearances'] as const)
    .filter((member) => command[member].length > 0)
    .map((path) => ({ path, message: 'fits only CLEAR: leave it out' }));
}

/** Records the answer. @returns the recorded answer, which may be another person's. */
async function record(
  ports: CompleteTaskPorts,
  command: TaskCommand,
  { queue }: OpenTask,
  offer: Review['offer'],
): Promise<RecordedAnswer | undefined> {
  const { applicationId, by, action, clears, clearances, reasons, note, confirmSecondInquiry } = command;
  const at = ports.clock.now().toISOString();
  const review: Review = {
    schemaVersion: 1,
    queue,
    by,
    at,
    action,
    clears,
    ...(action === 'CLEAR' && { clearances }),
    reasons,
    offer,
    note,
    ...(confirmSecondInquiry && { confirmSecondInquiry }),
  };
  const { kind, address, versionId } = await sealed(ports, applicationId, 'review', review);
  const { type, actor, occurredAt, output } = reviewStatement(review, address);
  const event = ledgerEvent({
    id: completedId(command.task),
    applicationId,
    type,
    occurredAt,
    actor,
    body: { action, evidence: [{ kind, address, versionId }], output },
  });
  const entry = await appendOnce(ports.ledger, event);
  const own = evidenceNamedBy(entry).some((reference) => reference.address === address);
  if (own) return { review, evidence: address, output };
  return recordedAnswer(ports, command, await ports.ledger.read(applicationId));
}
