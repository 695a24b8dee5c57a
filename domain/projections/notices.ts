import type { LedgerEntry } from '../ledger/chain.ts';
import { runningClock } from '../notices/clock.ts';
import { noticesToSend } from '../notices/delivery.ts';
import { forgettingOf } from '../retention/retention.ts';
import { keys } from './keys.ts';
import { differences, exactly, type Projected, type Rule } from './rule.ts';

/** The longest pause between two tries to send: 6 hours. */
export const MAX_PAUSE_MS = 21_600_000;

/** The row by which DeliverNotices finds an application; undefined where nothing is to be sent. */
export function deliveryItem(entries: readonly LedgerEntry[], at?: string): Projected | undefined {
  const [first] = noticesToSend(entries);
  const applicationId = entries[0]?.applicationId ?? '';
  if (!first) return undefined;
  return {
    ...keys.delivery(applicationId),
    index: { pk: keys.deliveries, sk: `${at ?? first.issuedAt}#${applicationId}` },
    data: { applicationId, tries: 0 },
  };
}

/** The row by which DeliverNotices finds an application whose applicant is not notified yet. */
export function clockItem(entries: readonly LedgerEntry[], timeZone: string): Projected | undefined {
  const clock = forgettingOf(entries).decided ? undefined : runningClock(entries, timeZone);
  const applicationId = entries[0]?.applicationId ?? '';
  if (!clock) return undefined;
  const { countedFrom } = clock;
  return {
    ...keys.noticeClock(applicationId),
    index: { pk: keys.noticeClocks, sk: `${countedFrom}#${applicationId}` },
    data: { applicationId, countedFrom },
  };
}

/** Both rows are there exactly while they are needed. The sweep that forgets the applicant removes them. */
export function noticeRules(
  applicationId: string,
  entries: readonly LedgerEntry[],
  { timeZone, now }: { readonly timeZone: string; readonly now: string },
): Rule[] {
  const { decided, done } = forgettingOf(entries);
  const need = decided && !done ? 'MAY' : 'MUST_NOT';
  const delivery = deliveryItem(entries);
  const clock = clockItem(entries, timeZone);
  const none = (place: { readonly pk: string; readonly sk: string }): Rule => ({
    ...exactly('NOTICE_DIFFERS', { ...place, data: {} }, need),
    accepts: () => true,
  });
  return [
    delivery ? deliveryRule(delivery, now) : none(keys.delivery(applicationId)),
    clock ? exactly('NOTICE_DIFFERS', clock) : none(keys.noticeClock(applicationId)),
  ];
}

/** Each try changes the number of tries and the instant of the next one, which is never further away than the longest pause. */
function deliveryRule(item: Projected, now: string): Rule {
  return {
    ...exactly('NOTICE_DIFFERS', item),
    accepts: (row) => {
      const { tries } = row.data;
      const [at = ''] = row.index?.sk.split('#') ?? [];
      const pause = Date.parse(at) - Date.parse(now);
      if (!(pause <= MAX_PAUSE_MS) || !Number.isInteger(tries) || Number(tries) < 0) return false;
      const { applicationId } = item.data;
      const expected = {
        index: { pk: keys.deliveries, sk: `${at}#${applicationId as string}` },
        data: { ...item.data, tries: tries! },
      };
      return differences(expected, row).length === 0;
    },
  };
}
