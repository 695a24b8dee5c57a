import { LedgerConflict, TaskTokenSpent, type Clock, type Workflows, type WorkStore } from '../../adapters/ports.ts';
import { localDate } from '../../domain/application/local-date.ts';
import { CREDITOR } from '../../domain/application/products.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import type { Review } from '../../domain/decision/review.ts';
import type { JsonObject } from '../../domain/json.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import type { OutputOf } from '../contracts.ts';
import type { StepOf } from '../handler.ts';
import { receivedDigest, receivedEventId } from '../intake-application/intake-application.ts';
import type { OpenTask } from '../open-task.ts';
import { termsOf } from '../../domain/products/request.ts';
import { lendingMode } from '../policies.ts';
import { readApplication, readEvidence } from '../read-evidence.ts';
import { sealed, type StepPorts } from '../record-step.ts';
import { keys, updateItem } from '../work-items.ts';
import { taskCommand, type TaskCommand } from './command.ts';
import { judgeCommand } from './judge-command.ts';

export interface CompleteTaskPorts extends StepPorts {
  readonly workStore: WorkStore;
  readonly workflows: Workflows;
  readonly clock: Clock;
}

type Answer = OutputOf<'CompleteTask'>;

/**
 * Records what a person decided on an application that waits and sends it on its way: the only function that may answer a
 * task token. Sent again, it finds its own record and sends the token again.
 */
export function completeTask(ports: CompleteTaskPorts): StepOf<'CompleteTask'> {
  return async (input) => {
    const parsed = taskCommand.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const command = parsed.data;
    const { pk, sk } = keys.task(command.applicationId);
    const item = await ports.workStore.get(pk, sk);
    if (!item) return notWaiting(command, 'It waits for nobody: look at its trace.');
    const task = item.data as OpenTask;

    const done = await recorded(ports, command, task);
    if (done === undefined) return notWaiting(command, 'Another decision on it stands: look at its trace.');
    if ('errors' in done) return { result: 'REJECTED', errors: done.errors };

    await leaveQueue(ports.workStore, command.applicationId);
    try {
      await ports.workflows.succeedTask(task.taskToken, done.output);
    } catch (error) {
      if (!(error instanceof TaskTokenSpent)) throw error;
      const now = await ports.workStore.get(pk, sk);
      if (now && (now.data as OpenTask).taskToken !== task.taskToken) {
        return notWaiting(command, 'The task was opened anew meanwhile: send the decision again.');
      }
    }
    await ports.workStore.remove(item);
    return {
      result: 'COMPLETED',
      applicationId: command.applicationId,
      action: command.action,
      evidence: done.evidence,
    };
  };
}

/** A call that is repeated after the application went on leaves the status that it has by then. */
function leaveQueue(workStore: WorkStore, applicationId: string): Promise<void> {
  return updateItem(workStore, keys.summary(applicationId), (data) =>
    data?.['status'] === 'IN_REVIEW' || data?.['status'] === 'NEEDS_ATTENTION'
      ? { ...data, status: 'IN_PROGRESS' }
      : undefined,
  );
}

function notWaiting({ applicationId }: TaskCommand, message: string): Answer {
  return { result: 'NOT_WAITING', applicationId, message };
}

type Recorded = { output: JsonObject; evidence: string } | { errors: { path: string; message: string }[] };

/** Whether a command says what was recorded; terms that it leaves to the policy are those recorded. */
function isRepeated(command: TaskCommand, { by, action, clears, reasons, note, offer }: Review): boolean {
  const { terms } = command;
  const stated = offer && terms && termsOf(offer);
  return (
    digestOf([command.by, command.action, command.clears, command.reasons, command.note]) ===
      digestOf([by, action, clears, reasons, note]) &&
    (!stated || digestOf(stated) === digestOf(terms))
  );
}

/** The record of the decision, made now or by an earlier call; undefined when another person's stands. */
async function recorded(ports: CompleteTaskPorts, command: TaskCommand, task: OpenTask): Promise<Recorded | undefined> {
  const { applicationId, by, action } = command;
  const type = task.queue === 'REVIEW' ? 'REVIEW_COMPLETED' : 'ATTENTION_COMPLETED';
  const id = `${task.eventId}/completed`;
  const earlier = await ports.ledger.find(applicationId, id);
  if (earlier) {
    const { output, evidence } = readBody(earlier, type);
    const address = evidence[0]?.address ?? '';
    const stands = await readEvidence(ports.evidence, applicationId, 'review', address);
    return isRepeated(command, stands) ? { output, evidence: address } : undefined;
  }
  const received = await ports.ledger.find(applicationId, receivedEventId(applicationId));
  if (!received) return undefined;
  const at = ports.clock.now().toISOString();
  const policyAddress = task.details.policy;
  const judged = judgeCommand(command, {
    queue: task.queue,
    application: await readApplication(ports.evidence, { applicationId, digest: receivedDigest(received) }),
    policy:
      typeof policyAddress === 'string'
        ? await readEvidence(ports.evidence, applicationId, 'policy', policyAddress)
        : null,
    failedState: task.details.failure?.state ?? null,
    asOf: localDate(at, CREDITOR.timeZone),
    mode: lendingMode(),
  });
  if (!judged.ok) return { errors: judged.errors };
  const review: Review = {
    schemaVersion: 1,
    queue: task.queue,
    by,
    at,
    action,
    clears: command.clears,
    reasons: command.reasons,
    offer: judged.offer,
    note: command.note,
  };
  const { kind, address, versionId } = await sealed(ports, applicationId, 'review', review);
  const output = { action, evidence: address };
  try {
    await ports.ledger.append(
      ledgerEvent({
        id,
        applicationId,
        type,
        occurredAt: at,
        actor: by,
        body: { action, evidence: [{ kind, address, versionId }], output },
      }),
    );
  } catch (error) {
    if (error instanceof LedgerConflict) return undefined;
    throw error;
  }
  return { output, evidence: address };
}
