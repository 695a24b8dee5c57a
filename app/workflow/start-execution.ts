import { ExecutionConflict, type Events, type Ledger, type Workflows, type WorkStore } from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { executionName, parseExecutionName } from '../../domain/ledger/execution-name.ts';
import { applicationIn, byExecution } from '../../domain/ledger/reopening.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { keys } from '../../domain/projections/keys.ts';
import { receivedIndex } from '../../domain/projections/listed.ts';
import { clockItem } from '../../domain/projections/notices.ts';
import type { ApplicationReference } from '../contracts.ts';
import { syncNotices } from '../notices/notice-rows.ts';
import { readSummary, removeItem, syncStatus } from '../work-items.ts';

export interface StartPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly workflows: Workflows;
  readonly events: Events;
  readonly lending: LendingSettings;
}

export function receivedEventId(applicationId: string): string {
  return `intake/${applicationId}`;
}

/** The address of the application's sealed content, from its first ledger entry. */
export function receivedDigest(entry: LedgerEntry): string {
  return readBody(entry, 'APPLICATION_RECEIVED').evidence[0]?.address ?? '';
}

/**
 * The reference that the execution of a reopening gets, 0 for the first: of the newest application by then. Undefined where
 * the application was never received, or not reopened so often.
 */
export function referenceFor(entries: readonly LedgerEntry[], reopening: number): ApplicationReference | undefined {
  const parts = byExecution(entries).slice(0, reopening + 1);
  const application = applicationIn(parts.flat());
  const applicationId = entries[0]?.applicationId;
  if (!application || applicationId === undefined || parts.length <= reopening) return undefined;
  return { applicationId, digest: application.address };
}

/** A caller with StartExecution may have used the name, so the start tries nine names. */
async function startUnderFreeName(
  workflows: Workflows,
  own: string,
  input: JsonObject,
  since?: string,
): Promise<string> {
  for (const name of [own, ...[2, 3, 4, 5, 6, 7, 8].map((n) => `${own}--${n}`)]) {
    try {
      return (await workflows.start(name, input, since)).executionArn;
    } catch (error) {
      if (!(error instanceof ExecutionConflict)) throw error;
    }
  }
  return (await workflows.start(`${own}--9`, input, since)).executionArn;
}

/**
 * Starts an accepted application's execution, once: an application that has one keeps it, also after Step Functions has
 * forgotten its name.
 */
export async function startAccepted(ports: StartPorts, entry: LedgerEntry): Promise<string> {
  const { workStore, workflows, events } = ports;
  const { applicationId } = entry;
  const summary = await readSummary(workStore, applicationId);
  if (summary?.executionArn) return summary.executionArn;
  const digest = receivedDigest(entry);
  const clock = clockItem([entry], ports.lending.lender.timeZone);
  if (clock) await workStore.create(clock);
  const executionArn = await startUnderFreeName(workflows, applicationId, { applicationId, digest });
  const announcement = announcementOf(entry);
  if (announcement) await events.publish([announcement]);
  await syncStatus(ports, applicationId, { executionArn, index: receivedIndex(entry) });
  return executionArn;
}

/** Starts the execution that decides again after a reopening, once. @returns its ARN, or that of a newer reopening's. */
export async function startReopened(ports: StartPorts, entry: LedgerEntry): Promise<string> {
  const { ledger, workStore, workflows } = ports;
  const { applicationId } = entry;
  const { number } = readBody(entry, 'DECISION_REOPENED');
  const reference = referenceFor(await ledger.read(applicationId), number);
  if (!reference) throw new TypeError(`${applicationId} was reopened and never received.`);
  await syncStatus(ports, applicationId);
  await syncNotices(ports, applicationId);
  const started = (await readSummary(workStore, applicationId))?.executionArn ?? '';
  const own = executionName(applicationId, number);
  if (parseExecutionName(started).reopening >= number) {
    await removeItem(workStore, keys.reopening(applicationId));
    return started;
  }
  // Who holds the reference may have tried the name before there was a reopening: that execution was rejected.
  const executionArn = await startUnderFreeName(workflows, own, { ...reference }, entry.occurredAt);
  await syncStatus(ports, applicationId, { executionArn });
  await removeItem(workStore, keys.reopening(applicationId));
  return executionArn;
}
