import * as z from 'zod';

import {
  IdentityMissing,
  type Clock,
  type Events,
  type HistoryEvent,
  type Identities,
  type Workflows,
  type WorkStore,
} from '../../adapters/ports.ts';
import { personalDataIn } from '../../domain/application/personal-data.ts';
import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson, sha256 } from '../../domain/ledger/canonical-json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { parseExecutionName } from '../../domain/ledger/execution-name.ts';
import { byExecution, validatedExecution } from '../../domain/ledger/reopening.ts';
import { archiveStatement, opensTask } from '../../domain/ledger/statements.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { OpenTask } from '../../domain/projections/task.ts';
import { evidenceAddress, type ApplicationReference, type Contract, type UseCase } from '../contracts.ts';
import { syncStatus } from '../work-items.ts';
import { isGivenByIntake, shownExecution } from './execution-input.ts';
import { appendResumption } from './open-task.ts';
import { sealed, type StepPorts } from './record-step.ts';
import { receivedEventId, referenceFor } from './start-execution.ts';

/** Called when an execution ends, with EventBridge's `Step Functions Execution Status Change`. */
export const contract = {
  input: z.looseObject({
    'detail-type': z.literal('Step Functions Execution Status Change'),
    detail: z.looseObject({ executionArn: z.string(), name: z.string(), status: z.string() }),
  }),
  output: z.strictObject({ evidence: evidenceAddress.nullable(), events: z.int().nonnegative() }),
} as const satisfies Contract;

export interface ArchivePorts extends StepPorts {
  readonly identities: Identities;
  readonly workflows: Workflows;
  readonly workStore: WorkStore;
  readonly events: Events;
  readonly clock: Clock;
}

/**
 * Keeps the whole step history of an ended execution as sealed evidence, because Step Functions forgets it after 90 days.
 * It is looked through for personal data, which has no place in one: what is found loses no archive, it is recorded and
 * announced.
 *
 * An execution that is no application's is not archived: there is no key to seal it under. Where intake did not give its
 * name or its input, either may be personal data, which Step Functions keeps: operators are notified
 * (`RecordsNeedAttention`).
 */
export function archiveHistory(ports: ArchivePorts): UseCase<typeof contract> {
  return async ({ detail: { executionArn, name, status } }) => {
    const { applicationId, reopening } = parseExecutionName(name);
    const entries = await ports.ledger.read(applicationId);
    const received = entries.find(({ id }) => id === receivedEventId(applicationId));
    // One that a reopening superseded is the application's as before.
    const part = byExecution(entries)[reopening];
    const validated = part && validatedExecution(part);
    const history = await ports.workflows.history(executionArn);
    // One that ended before its first step is the application's where its input is.
    const own =
      received &&
      part &&
      (validated === undefined ? isOf(history, referenceFor(entries, reopening)) : validated === executionArn);
    if (!own) {
      await reportUnknownInput(ports, executionArn, name, history);
      return { evidence: null, events: 0 };
    }
    // An execution that was redriven meanwhile goes on, and its next end is archived. An earlier call that stopped after
    // its append is carried on.
    const ended = toNewestEnd(history);
    const entry = isRedriven(history)
      ? await ports.ledger.find(applicationId, archiveStatement({ executionArn, status, events: ended }).id)
      : await archive(ports, applicationId, { executionArn, status, history });
    if (!entry) return { evidence: null, events: 0 };
    const resumed = await resumeTask(ports, entry, executionArn);
    await syncStatus(ports, applicationId);
    if (resumed) await removeSpentTask(ports, applicationId, ended);
    const { evidence, events } = readBody(entry, 'HISTORY_ARCHIVED');
    const announcement = announcementOf(entry);
    if (announcement) await ports.events.publish([announcement]);
    return { evidence: evidence[0]?.address ?? null, events };
  };
}

const ENDING = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/;

/** Whether an execution goes on behind its newest end. */
function isRedriven(history: readonly HistoryEvent[]): boolean {
  const end = history.findLastIndex(({ type }) => ENDING.test(type));
  return history.findLastIndex(({ type }) => type === 'ExecutionRedriven') > end;
}

/** The history up to the newest end, without what a redrive added; all of it where it has no end. */
function toNewestEnd(history: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const end = history.findLastIndex(({ type }) => ENDING.test(type));
  return end < 0 ? history : history.slice(0, end + 1);
}

/**
 * Records that a redrive resumed the task, where the redrive came before the archive was in the ledger. The resumed task
 * found no archive, so it recorded nothing. A redrive after this reading of the history finds the archive.
 * @returns whether the task goes on.
 */
async function resumeTask(
  { ledger, workflows }: ArchivePorts,
  archived: LedgerEntry,
  executionArn: string,
): Promise<boolean> {
  const { applicationId, sequence } = archived;
  const newest = (await ledger.read(applicationId)).findLast(
    ({ id }) => id.startsWith(`${executionArn}/`) && !id.startsWith(`${executionArn}/archive/`),
  );
  // A task that was opened behind the archive needs no resumption.
  if (!newest || !opensTask(newest) || newest.sequence > sequence) return false;
  if (!isRedriven(await workflows.history(executionArn))) return false;
  await appendResumption(ledger, newest, archived);
  return true;
}

/** Removes a task whose token the ended history has: the redrive gives the task another. */
async function removeSpentTask(
  { workStore }: ArchivePorts,
  applicationId: string,
  ended: readonly HistoryEvent[],
): Promise<void> {
  const { pk, sk } = keys.task(applicationId);
  const task = await workStore.get(pk, sk);
  // A task that has its new token by now has another version.
  if (task && JSON.stringify(ended).includes((task.data as OpenTask).taskToken)) await workStore.remove(task);
}

/** Publishes an execution that was not started with what intake gives, and nothing of what it was started with. */
async function reportUnknownInput(
  { ledger, events, clock }: ArchivePorts,
  executionArn: string,
  name: string,
  history: readonly HistoryEvent[],
): Promise<void> {
  if (await isGivenByIntake(ledger, name, inputOf(history) ?? '')) return;
  const started = history[0]?.timestamp;
  const about =
    started === undefined ? shownExecution(executionArn) : `${shownExecution(executionArn)}, started ${started}`;
  await events.publish([
    {
      id: `execution-input/${sha256(executionArn)}`,
      type: 'RecordsNeedAttention',
      occurredAt: clock.now().toISOString(),
      detail: { findings: [{ applicationId: null, kind: 'EXECUTION_INPUT_UNKNOWN', about }] },
    },
  ]);
}

function inputOf([started]: readonly HistoryEvent[]): string | undefined {
  return ((started?.['executionStartedEventDetails'] ?? {}) as { input?: string }).input;
}

/** Whether an execution was started with the reference that intake or the reopening gives it. */
function isOf(history: readonly HistoryEvent[], reference: ApplicationReference | undefined): boolean {
  const input = inputOf(history);
  try {
    return input !== undefined && canonicalJson(JSON.parse(input)) === canonicalJson(reference ?? null);
  } catch {
    return false;
  }
}

interface EndedExecution {
  readonly executionArn: string;
  readonly status: string;
  readonly history: readonly HistoryEvent[];
}

/** @returns the entry that names the archive, of an earlier call where there was one. */
async function archive(
  ports: ArchivePorts,
  applicationId: string,
  { executionArn, status, history }: EndedExecution,
): Promise<LedgerEntry> {
  const stated = archiveStatement({ executionArn, status, events: history });
  const { id, occurredAt = ports.clock.now().toISOString(), events: count } = stated;
  const earlier = await ports.ledger.find(applicationId, id);
  if (earlier) return earlier;
  const events = redactTaskTokens(history);
  const reference = await sealed(ports, applicationId, 'history', {
    schemaVersion: 1,
    executionArn,
    status,
    events,
  });
  const identity = await identityOf(ports, applicationId);
  const personalData = personalDataIn(JSON.stringify(events), Number(occurredAt.slice(0, 4)), identity);
  return ports.ledger.append(
    ledgerEvent({
      id,
      applicationId,
      type: 'HISTORY_ARCHIVED',
      occurredAt,
      actor: 'system',
      body: { executionArn, status, events: count, personalData, evidence: [reference] },
    }),
  );
}

async function identityOf({ identities }: ArchivePorts, applicationId: string): Promise<JsonObject> {
  try {
    return await identities.get(applicationId);
  } catch (error) {
    // `verify` names it; the shapes are looked for all the same.
    if (error instanceof IdentityMissing) return {};
    throw error;
  }
}

/** A task token is a credential: no archive keeps one. Payloads are JSON text inside the events. */
export function redactTaskTokens(history: readonly HistoryEvent[]): HistoryEvent[] {
  return history.map((event) => {
    const text = JSON.stringify(event);
    if (!text.includes('taskToken')) return event;
    const redacted = text.replaceAll(
      /((?:\\*)"taskToken(?:\\*)"\s*:\s*(?:\\*)")[^"\\]*/g,
      (_, before: string) => `${before}REDACTED`,
    );
    return JSON.parse(redacted) as HistoryEvent;
  });
}
