import type { LocalDate } from '../calendar.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { evidenceOf, forgettingOf, retentionOf } from '../retention/retention.ts';
import { keys } from './keys.ts';
import type { Projected } from './rule.ts';

/** Before every date: what was decided to be forgotten is checked by the next call of ForgetApplicants. */
export const NEXT_RUN = '0000-00-00';

/**
 * The row by which ForgetApplicants finds an application. One that is undecided or held is on no list of days.
 * @param entries of one application that was received. @param lockedUntil the last day on which the store itself forbids
 * deleting a piece of its evidence. @param timeZone of the creditor.
 */
export function retentionItem(
  applicationId: string,
  entries: readonly LedgerEntry[],
  lockedUntil: LocalDate | null,
  timeZone: string,
): Projected {
  const forgetting = forgettingOf(entries).decided !== undefined;
  const { retainUntil, statutoryUntil, requested, decided, holds } = retentionOf(entries, timeZone);
  const held = holds.length > 0;
  const objects = evidenceOf(entries).length;
  const due = requested ? ([statutoryUntil, lockedUntil ?? ''].toSorted().at(-1) ?? '') : retainUntil;
  const place = () => {
    if (forgetting) return { pk: keys.kept, sk: `${NEXT_RUN}#${applicationId}` };
    if (held) return { pk: keys.onHold, sk: applicationId };
    if (!decided) return { pk: keys.undecided, sk: applicationId };
    return { pk: keys.kept, sk: `${due}#${applicationId}` };
  };
  return {
    ...keys.retention(applicationId),
    index: place(),
    data: { applicationId, retainUntil, objects, held, requested, decided, forgetting },
  };
}
