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
import { caseOf, objectionToDecision, objectionToSecond } from '../../domain/casework/case.ts';
import { clearingFaults } from '../../domain/decision/clearance.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { JsonObject } from '../../domain/json.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { ofNewestExecution, withdrawalIn } from '../../domain/ledger/reopening.ts';
import { completedId, draftId, draftStatement, reviewStatement } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { termsOf } from '../../domain/products/request.ts';
import { keys } from '../../domain/projections/keys.ts';
import { isAnswerTaken, openDraft, type OpenTask } from '../../domain/projections/task.ts';
import { statusOf } from '../../domain/status.ts';
import { appendOnce } from '../append-once.ts';
import { evidenceAddress, fieldError, type Contract, type Output, type UseCase } from '../contracts.ts';
import { removeItem, syncStatus } from '../work-items.ts';
import { APPLICATION_WITHDRAWN } from '../workflow/open-task.ts';
import { readEvidence } from '../workflow/read-evidence.ts';
import { sealed, type StepPorts } from '../workflow/record-step.ts';
import { caseReport } from './case-report.ts';
import { readCase } from './case.ts';
import { fittingCommand, type TaskCommand } from './command.ts';
import { judgeAuthority, judgeSecond, type AuthorityCase } from './judge-authority.ts';
import { judgeCommand, type Judged } from './judge-command.ts';
import { faultsOfConsent } from './judge-consent.ts';

/** What a person decides on an application that waits: the only sender of task tokens. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({ result: z.literal('COMPLETED'), applicationId, action: z.string(), evidence: evidenceAddress }),
    /** It is drafted, and the task waits for a second person. */
    z.strictObject({
      result: z.literal('AWAITS_CONFIRMATION'),
      applicationId,
      action: z.string(),
      /** The address of the draft. */
      evidence: evidenceAddress,
      /** What is beyond the reviewer's own limits. */
      second: z.array(z.string()).min(1),
      /** The roles that may confirm it. */
      roles: z.array(z.string()).min(1),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({ result: z.literal('NOT_WAITING'), applicationId, message: z.string() }),
    /** A declared conflict, the claim of another person, the expiry of this person's claim, or time that the applicant has left. */
    z.strictObject({
      result: z.literal('CLAIM_REFUSED'),
      applicationId,
      reason: z.enum(['CONFLICT_DECLARED', 'CLAIMED_BY_OTHER', 'CLAIM_EXPIRED', 'WAITS_FOR_APPLICANT']),
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
    const withdrawn = ofWithdrawal.safeParse(input);
    if (withdrawn.success) return endWithdrawn(ports, withdrawn.data.applicationId);
    const parsed = fittingCommand.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const command = signed(parsed.data);
    const open = await openTaskOf(ports, command);
    const entries = await ports.ledger.read(command.applicationId);

    let recorded = await recordedAnswer(ports, command, entries);
    if (!recorded && withdrawalIn(ofNewestExecution(entries))) return notWaiting(command, WITHDRAWN);
    if (!recorded && open) {
      const objection = claimObjection(ports, command, entries);
      if (objection) return objection;
      const drafted = await readDraft(ports, entries, command.task);
      const judged = await judge(ports, command, open.task, { entries, drafted });
      if (!judged.ok) return { result: 'REJECTED', errors: judged.errors };
      if (judged.authority && judged.authority.second.length > 0) return recordDraft(ports, command, open.task, judged);
      recorded = await record(ports, command, reviewOf(ports, command, open.task, { judged, drafted }));
    }
    if (!recorded)
      return notWaiting(command, statusOf(entries)?.waiting?.kind === 'ENDED' ? EXECUTION_ENDED : NO_SUCH_TASK);
    return complete(ports, command, open, recorded);
  };
}

/** Names the reviewer in each evidence object that names no person. */
const signed = (command: TaskCommand): TaskCommand => ({
  ...command,
  clearances: command.clearances.map((each) => ({ by: command.by, ...each })),
});

/** Refuses what `objectionToDecision` and `objectionToSecond` object to: a second person answers a draft on its reviewer's claim. */
function claimObjection(
  { clock }: CompleteTaskPorts,
  { applicationId, action, by }: TaskCommand,
  entries: readonly LedgerEntry[],
): Answer | undefined {
  const found = caseOf(entries);
  if (!found) return undefined;
  const now = clock.now().toISOString();
  const drafter = openDraft(entries)?.actor;
  const objection =
    action === 'CONFIRM' || action === 'REJECT'
      ? objectionToSecond(found, { by, action, drafter }, now)
      : objectionToDecision(found, by, now);
  return objection && { result: 'CLAIM_REFUSED', applicationId, ...objection };
}

/** Answers the token of a recorded answer, as far as that was not done. */
async function complete(
  ports: CompleteTaskPorts,
  command: TaskCommand,
  open: Open | undefined,
  { review, evidence, output }: RecordedAnswer,
): Promise<Answer> {
  const { applicationId, action } = command;
  if (open && (await sendOn(ports, applicationId, open, output))) {
    return notWaiting(command, 'Its deadline has passed: decide it again when it is in the queue.');
  }
  if (isRepeated(command, review)) return { result: 'COMPLETED', applicationId, action, evidence };
  return notWaiting(command, `${review.confirmation?.by ?? review.by} has decided on it: look at its trace.`);
}

/** What WithdrawApplication sends: the ledger has the withdrawal. */
const ofWithdrawal = z.strictObject({ applicationId, withdrawn: z.literal(true) });

/** Ends the wait of a workflow whose applicant withdrew, so that it records the withdrawal. */
async function endWithdrawn(ports: CompleteTaskPorts, applicationId: string): Promise<Answer> {
  const { ledger, workStore, workflows } = ports;
  if (!withdrawalIn(ofNewestExecution(await ledger.read(applicationId)))) {
    return { result: 'NOT_WAITING', applicationId, message: 'The applicant did not withdraw the application.' };
  }
  const { pk, sk } = keys.task(applicationId);
  const item = await workStore.get(pk, sk);
  if (item) {
    await workflows.failTask((item.data as OpenTask).taskToken, APPLICATION_WITHDRAWN).catch((error: unknown) => {
      // An answer or the deadline came first: the next state finds the withdrawal.
      if (!(error instanceof TaskTokenSpent)) throw error;
    });
    await workStore.remove(item);
    await removeItem(workStore, keys.case(applicationId));
  }
  return { result: 'NOT_WAITING', applicationId, message: WITHDRAWN };
}

const WITHDRAWN = 'The applicant withdrew the application: nothing is decided on it.';
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
function isRepeated(command: TaskCommand, review: Review): boolean {
  const { action, by, note } = command;
  const { confirmation, rejected } = review;
  if (action === 'CONFIRM' || action === 'REJECT') {
    const answer =
      action === 'REJECT' ? rejected && { draft: rejected.draft, by: review.by, note: review.note } : confirmation;
    return answer?.draft === command.draft && answer?.by === by && answer?.note === note;
  }
  return !confirmation && isSameReview(command, review);
}

/** Whether a review has the content of a command. */
function isSameReview(command: TaskCommand, review: Review): boolean {
  const { terms } = command;
  const {
    by,
    action,
    clears,
    clearances = [],
    reasons,
    note,
    offer,
    confirmSecondInquiry,
    ownReason,
    consent,
  } = review;
  const stated = offer && terms && termsOf(offer);
  return (
    digestOf([command.by, command.action, command.clears, command.clearances, command.reasons, command.note]) ===
      digestOf([by, action, clears, clearances, reasons, note]) &&
    digestOf(command.consent ?? null) === digestOf(consent ?? null) &&
    command.confirmSecondInquiry === confirmSecondInquiry &&
    command.ownReason === ownReason &&
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

/** A sealed draft, and its address. */
interface Draft {
  readonly review: Review;
  readonly address: string;
}

/** The draft of a task; undefined where it has none. */
async function readDraft(
  { evidence }: CompleteTaskPorts,
  entries: readonly LedgerEntry[],
  task: string,
): Promise<Draft | undefined> {
  const entry = entries.find(({ id, type }) => type === 'REVIEW_DRAFTED' && id === draftId(task));
  const address = entry && readBody(entry, 'REVIEW_DRAFTED').evidence[0]?.address;
  if (!entry || address === undefined) return undefined;
  return { review: await readEvidence(evidence, entry.applicationId, 'review', address), address };
}

/** Judges a command by the case, and then by the limits of the person. The repetition of a draft is judged as the first was. */
async function judge(
  ports: CompleteTaskPorts,
  command: TaskCommand,
  { queue, details }: OpenTask,
  { entries, drafted }: { readonly entries: readonly LedgerEntry[]; readonly drafted: Draft | undefined },
): Promise<Judged> {
  const { clock, lending } = ports;
  const now = clock.now().toISOString();
  const opened = entries.find(({ id }) => id === command.task);
  const reviewed = (await readCase(ports, entries, { opened, failure: details.failure })) ?? null;
  const isRepeat = drafted !== undefined && isSameReview(command, drafted.review);
  const judged = judgeCommand(command, {
    queue,
    reviewed,
    drafted: drafted !== undefined && !isRepeat,
    decided: statusOf(entries)?.decided ?? false,
    asOf: localDate(now, lending.lender.timeZone),
    ...lending,
  });
  if (!judged.ok) return judged;
  const errors = [
    ...(await faultsOfClearing(ports.evidence, command, { entries, reviewedAt: now })),
    ...(await faultsOfConsent(ports, command, reviewed?.application, { entries, at: now })),
  ];
  if (errors.length > 0) return { ok: false, errors };
  if (!reviewed || !opened) return judged;
  const before = isRepeat ? entries.filter(({ id }) => id !== draftId(command.task)) : entries;
  return judgeLimits(command, { reviewed, entries: before, opened, now }, judged, drafted);
}

/** Judges a permitted command by the limits of the person. An order that decides nothing has none. */
function judgeLimits(
  command: TaskCommand,
  limited: AuthorityCase,
  judged: Permitted,
  drafted: Draft | undefined,
): Judged {
  const { action } = command;
  switch (action) {
    case 'CONFIRM':
    case 'REJECT':
      return judgeSecond({ ...command, action }, limited, drafted);
    case 'APPROVE':
    case 'DECLINE':
    case 'CLEAR':
      return judgeAuthority({ ...command, action }, limited, judged.offer);
    case 'REPULL':
    case 'TAKE_POSTED':
    case 'RESUME':
    case 'REFER':
      return judged;
  }
}

/** The faults of what a command clears, and of its evidence. */
async function faultsOfClearing(
  evidence: Evidence,
  command: TaskCommand,
  { entries, reviewedAt }: { readonly entries: readonly LedgerEntry[]; readonly reviewedAt: string },
): Promise<FieldError[]> {
  return command.action === 'CLEAR'
    ? clearingFaults({ ...command, reviewedAt, ...(await caseReport(evidence, entries)) })
    : [];
}

type Permitted = Extract<Judged, { ok: true }>;

/** The review that a command comes to. A confirmation is the draft with the second person's answer. */
function reviewOf(
  { clock }: CompleteTaskPorts,
  command: TaskCommand,
  { queue }: OpenTask,
  { judged, drafted }: { readonly judged: Permitted; readonly drafted?: Draft | undefined },
): Review {
  const { by, role, action, clears, clearances, reasons, note, ownReason, confirmSecondInquiry, consent } = command;
  const at = clock.now().toISOString();
  if (action === 'CONFIRM' && drafted && judged.confirmedUnder) {
    const confirmation = { by, role, at, draft: drafted.address, limits: judged.confirmedUnder, note };
    return { ...drafted.review, confirmation };
  }
  if (action === 'CONFIRM') throw new TypeError('A confirmation without a draft was permitted.');
  const { offer, authority, support } = judged;
  return {
    schemaVersion: 1,
    queue,
    by,
    at,
    action,
    clears,
    ...(action === 'CLEAR' && { clearances }),
    reasons,
    offer: action === 'REJECT' ? null : offer,
    note,
    role,
    ...(ownReason !== undefined && { ownReason }),
    ...(support && { support }),
    ...(authority && { authority }),
    ...(action === 'REJECT' && drafted && { rejected: { draft: drafted.address, by: drafted.review.by } }),
    ...(confirmSecondInquiry && { confirmSecondInquiry }),
    ...(consent && { consent }),
  };
}

/** Seals a decision beyond the person's limits. The task waits on for a second person, and its token is not answered. */
async function recordDraft(
  ports: CompleteTaskPorts,
  command: TaskCommand,
  task: OpenTask,
  judged: Permitted,
): Promise<Answer> {
  const { applicationId } = command;
  const made = reviewOf(ports, command, task, { judged });
  const reference = await sealed(ports, applicationId, 'review', made);
  const { actor, occurredAt, action, role = command.role, second } = draftStatement(made);
  const body = { action, role, second, evidence: [reference] };
  await appendOnce(
    ports.ledger,
    ledgerEvent({ id: draftId(command.task), applicationId, type: 'REVIEW_DRAFTED', occurredAt, actor, body }),
  );
  const first = await readDraft(ports, await syncStatus(ports, applicationId), command.task);
  if (!first || !isSameReview(command, first.review)) {
    return notWaiting(command, 'Another draft waits for a second person: see the status of the application.');
  }
  const roles = [...(judged.roles ?? [])];
  return { result: 'AWAITS_CONFIRMATION', applicationId, action, evidence: first.address, second: [...second], roles };
}

/** Records the answer. @returns the recorded answer, which may be another person's. */
async function record(
  ports: CompleteTaskPorts,
  command: TaskCommand,
  review: Review,
): Promise<RecordedAnswer | undefined> {
  const { applicationId } = command;
  const reference = await sealed(ports, applicationId, 'review', review);
  const { type, actor, occurredAt, action, role, draftedBy, consent, output } = reviewStatement(
    review,
    reference.address,
  );
  const event = ledgerEvent({
    id: completedId(command.task),
    applicationId,
    type,
    occurredAt,
    actor,
    body: {
      action,
      ...(role !== undefined && { role }),
      ...(draftedBy !== undefined && { draftedBy }),
      ...(consent && { consent }),
      evidence: [reference],
      output,
    },
  });
  const entry = await appendOnce(ports.ledger, event);
  const own = evidenceNamedBy(entry).some((named) => named.address === reference.address);
  if (own) return { review, evidence: reference.address, output };
  return recordedAnswer(ports, command, await ports.ledger.read(applicationId));
}
