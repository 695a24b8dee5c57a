import type { Ledger, WorkStore } from '../../adapters/ports.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { keys } from '../../domain/projections/keys.ts';
import { clockItem, deliveryItem } from '../../domain/projections/notices.ts';
import { differences, type Projected } from '../../domain/projections/rule.ts';
import { compareAndSwap, RACE_LOST, writeItem } from '../work-items.ts';

export interface NoticeRowPorts {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly workStore: WorkStore;
  readonly lending: LendingSettings;
}

/**
 * Writes the rows by which DeliverNotices finds an application, from the fold of its ledger. Each caller runs it after its own
 * entry is appended.
 */
export async function syncNotices(ports: NoticeRowPorts, applicationId: string): Promise<void> {
  const { ledger, lending } = ports;
  const { timeZone } = lending.lender;
  await syncRow(ports, keys.noticeClock(applicationId), async () =>
    clockItem(await ledger.read(applicationId), timeZone),
  );
  // The row that lists the work goes last, so the next call completes this one. A try under way set its instant and number.
  await syncRow(ports, keys.delivery(applicationId), async () => deliveryItem(await ledger.read(applicationId)), true);
}

/** @param keep leaves a row that is there and needed as it is. */
function syncRow(
  { workStore }: NoticeRowPorts,
  place: { readonly pk: string; readonly sk: string },
  read: () => Promise<Projected | undefined>,
  keep = false,
): Promise<void> {
  return compareAndSwap<void>(workStore, place, async (present) => {
    // The ledger is read after the row: a writer that came in between has changed the row's version.
    const item = await read();
    if (!item) return !present || (await workStore.remove(present)) ? undefined : RACE_LOST;
    if (present && (keep || differences(item, present).length === 0)) return undefined;
    return (await writeItem(workStore, present, item)) ? undefined : RACE_LOST;
  });
}
