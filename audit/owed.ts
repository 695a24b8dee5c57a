import type { Clock, Events, Ledger, WorkStore } from '../adapters/ports.ts';
import { appendOnce } from '../app/append-once.ts';
import { chainEvent, type LedgerEntry, type LedgerEvent } from '../domain/ledger/chain.ts';
import type { LendingSettings } from '../domain/lender.ts';
import { announcementOf } from '../domain/projections/announcements.ts';
import { rowKey, type Stored } from '../domain/projections/rule.ts';
import type { Control } from './controls.ts';
import { CONTROL_ACTS } from './verify/control.ts';

interface OwedPorts {
  readonly ledger: Ledger;
  readonly workStore: Pick<WorkStore, 'get'>;
  readonly events: Events;
  readonly clock: Clock;
  readonly lending: LendingSettings;
}

/**
 * Appends and publishes the change by which the row of a control is ahead of its ledger: the call that made it died, and
 * decisions may rest on it. A row that is otherwise ahead, or by a change that the rules refuse, stays a fault.
 * @returns whether the entry was owed.
 */
export async function recordOwed(
  ports: OwedPorts,
  control: Control,
  { pk, sk }: Pick<Stored, 'pk' | 'sk'>,
): Promise<boolean> {
  const row = await ports.workStore.get(pk, sk);
  if (!row) return false;
  const before = await ports.ledger.read(control.ledgerId);
  const event = owedEvent(control, row, before, ports);
  if (!event) return false;
  const announcement = announcementOf(await appendOnce(ports.ledger, event));
  if (announcement) await ports.events.publish([announcement]);
  return true;
}

/** @returns undefined unless the row is what the ledger makes with exactly this entry after all others. */
function owedEvent(
  { type, rulesOf, eventOf }: Control,
  row: Stored,
  before: readonly LedgerEntry[],
  { clock, lending }: Pick<OwedPorts, 'clock' | 'lending'>,
): LedgerEvent | undefined {
  const now = clock.now().toISOString();
  try {
    const event = eventOf(row);
    const entry = chainEvent(event, before.at(-1), now);
    const isNext = rulesOf([...before, entry]).some((rule) => rowKey(rule) === rowKey(row) && rule.accepts(row));
    const { id } = CONTROL_ACTS[type]({ entry, before, lending });
    return isNext && id === event.id && event.occurredAt <= now ? event : undefined;
  } catch {
    // The row has no change of the right shape, or the rules refuse it.
    return undefined;
  }
}
