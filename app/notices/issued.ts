import * as z from 'zod';

import { NOTICE_KINDS } from '../../documents/notices/notice.ts';
import { localDate } from '../../domain/calendar.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { evidenceAddress } from '../contracts.ts';

/** A notice that an entry issued, without its text. */
export const issuedNotice = z.strictObject({
  /** The address of the sealed notice. */
  address: evidenceAddress,
  kind: z.enum(NOTICE_KINDS),
  template: z.string(),
  language: z.string(),
  channel: z.string(),
  /** The creditor's local date by which it must be mailed or delivered. */
  dueOn: z.string(),
  /** UTC. */
  issuedAt: z.iso.datetime(),
});
export type IssuedNotice = z.infer<typeof issuedNotice>;

/** Every notice of an application, oldest first. */
export function issuedNotices(entries: readonly LedgerEntry[]): IssuedNotice[] {
  return entries
    .filter(({ type }) => type === 'NOTICES_ISSUED')
    .flatMap((entry) => {
      const { evidence, facts } = readBody(entry, 'NOTICES_ISSUED');
      const stated = (facts['notices'] ?? []) as unknown as Omit<IssuedNotice, 'address' | 'issuedAt'>[];
      return stated.flatMap((each, at) => {
        const address = evidence[at]?.address;
        return address === undefined ? [] : [{ address, ...each, issuedAt: entry.occurredAt }];
      });
    });
}

/** The id of the entry that issues the notice of an act. */
export const actNoticeId = ({ id }: Pick<LedgerEntry, 'id'>): string => `${id}${ACT_SUFFIX}`;

const ACT_SUFFIX = '/notices';

/** Whether an entry issued its notices for an act of the applicant, outside an execution. */
export const isOfAct = ({ type, id }: Pick<LedgerEntry, 'type' | 'id'>): boolean =>
  type === 'NOTICES_ISSUED' && id.endsWith(ACT_SUFFIX);

/** The act of the applicant, as its notice states it. */
export const statedAct = ({ type, occurredAt }: LedgerEntry, timeZone: string) => ({
  type,
  on: localDate(occurredAt, timeZone),
});
