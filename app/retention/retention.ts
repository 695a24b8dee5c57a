import {
  KeyDestroyed,
  KeyMissing,
  LedgerConflict,
  type Clock,
  type EvidenceLocks,
  type Ledger,
  type Vault,
  type WorkStore,
} from '../../adapters/ports.ts';
import { personalDataIn } from '../../domain/application/personal-data.ts';
import { localDate, type LocalDate } from '../../domain/calendar.ts';
import { extensionStatement } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { isPrequalification } from '../../domain/prequalification/quote.ts';
import { keys } from '../../domain/projections/keys.ts';
import { NEXT_RUN, retentionItem } from '../../domain/projections/retention-item.ts';
import { differences } from '../../domain/projections/rule.ts';
import { evidenceOf, forgettingOf, retentionOf, type Retention } from '../../domain/retention/retention.ts';
import { appendOnce } from '../append-once.ts';
import { updateItem } from '../work-items.ts';

export interface RetentionPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly evidenceLocks: EvidenceLocks;
  readonly clock: Clock;
  readonly lending: LendingSettings;
}

/** The lender's local date. */
export const today = ({ clock, lending }: Pick<RetentionPorts, 'clock' | 'lending'>): LocalDate =>
  localDate(clock.now().toISOString(), lending.lender.timeZone);

/** The entries of an application or a prequalification that was received; undefined for any other. */
export async function readReceived(
  { ledger }: Pick<RetentionPorts, 'ledger'>,
  applicationId: string,
): Promise<LedgerEntry[] | undefined> {
  const entries = await ledger.read(applicationId);
  const isReceived = entries.some(({ type }) => type === 'APPLICATION_RECEIVED') || isPrequalification(entries);
  return isReceived ? entries : undefined;
}

/** Until when the store itself forbids deleting a piece of the application's evidence. */
export async function lockedUntil(
  { evidenceLocks }: Pick<RetentionPorts, 'evidenceLocks'>,
  entries: readonly LedgerEntry[],
): Promise<LocalDate | null> {
  const dates = await Promise.all(evidenceOf(entries).map((object) => evidenceLocks.lockedUntil(object)));
  return (
    dates
      .filter((date) => date !== null)
      .toSorted()
      .at(-1) ?? null
  );
}

/**
 * Brings what keeps an application's records up to what its ledger says: the locks of its sealed objects, the ledger's
 * own word of it, and the list of ForgetApplicants. Does nothing when all of it is current. The next call completes
 * a call that stopped early.
 */
export async function keepRecords(ports: RetentionPorts, applicationId: string): Promise<void> {
  const entries = await readReceived(ports, applicationId);
  if (!entries) return;
  const { decided, done } = forgettingOf(entries);
  if (done) return;
  const { timeZone } = ports.lending.lender;
  const retention = retentionOf(entries, timeZone);
  const itemNow = async () => {
    const locked = retention.requested && retention.decided ? await lockedUntil(ports, entries) : null;
    return retentionItem(applicationId, entries, locked, timeZone);
  };
  const item = await itemNow();
  const { pk, sk } = item;
  const before = await ports.workStore.get(pk, sk);
  if (before && differences(item, before).length === 0) return;
  if (!decided) {
    await lockObjects(ports, entries, retention, before?.data['held'] !== false);
    await recordExtension(ports, applicationId, retention, evidenceOf(entries).length);
  }
  const { index, data } = await itemNow();
  await updateItem(ports.workStore, { pk, sk, ...(index && { index }) }, () => data);
}

/** Locks every sealed object until the retention ends, and places or lifts its legal hold. @param wasHeld by the last row. */
async function lockObjects(
  { evidenceLocks }: RetentionPorts,
  entries: readonly LedgerEntry[],
  { holds, retainUntil }: Retention,
  wasHeld: boolean,
): Promise<void> {
  const held = holds.length > 0;
  const lifted = wasHeld && entries.some(({ type }) => type === 'LEGAL_HOLD_LIFTED');
  for (const object of evidenceOf(entries)) {
    await evidenceLocks.extend(object, retainUntil);
    if (held || lifted) await evidenceLocks.hold(object, held);
  }
}

/** Puts an application whose key is back, as from a backup, on the list of ForgetApplicants again. @returns whether it was. */
export async function listRestored(
  ports: RetentionPorts & { readonly vault: Pick<Vault, 'dataKey'> },
  applicationId: string,
): Promise<boolean> {
  const { done } = forgettingOf((await readReceived(ports, applicationId)) ?? []);
  if (!done) return false;
  try {
    await ports.vault.dataKey(applicationId);
  } catch (error) {
    if (error instanceof KeyDestroyed || error instanceof KeyMissing) return false;
    throw error;
  }
  const index = { pk: keys.kept, sk: `${NEXT_RUN}#${applicationId}` };
  await updateItem(ports.workStore, { ...keys.retention(applicationId), index }, () => ({ applicationId }));
  return true;
}

async function recordExtension(
  { ledger, clock }: RetentionPorts,
  applicationId: string,
  retention: Retention,
  objects: number,
): Promise<void> {
  if (retention.retainUntil === retention.recordedUntil) return;
  const event = ledgerEvent({
    ...extensionStatement(applicationId, retention, objects),
    applicationId,
    type: 'RETENTION_EXTENDED',
    occurredAt: clock.now().toISOString(),
    actor: 'system',
  });
  await appendOnce(ledger, event);
}

/** Calls a step once more when a copy of the call that is in flight too was quicker: the step then finds its entry. */
export function retryAfterRace<Input, Output>(
  step: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      return await step(input);
    } catch (error) {
      if (!(error instanceof LedgerConflict)) throw error;
      return step(input);
    }
  };
}

/** What keeps a note that stays for ever from naming a person. @returns the fault of the value; undefined when it has none. */
export function faultOfNote(note: string, { clock }: Pick<RetentionPorts, 'clock'>): string | undefined {
  const found = personalDataIn(note, clock.now().getUTCFullYear());
  if (found.length === 0) return undefined;
  return `looks like personal data (${found.join(', ')}) and would be kept for ever: name the matter, not the person`;
}

type Conflict = { result: 'CONFLICT'; applicationId: string; message: string };

export function unknownApplication(applicationId: string): Conflict {
  return { result: 'CONFLICT', applicationId, message: 'There is no application of this id: nothing was recorded.' };
}
