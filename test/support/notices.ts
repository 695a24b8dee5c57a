import { printedOf } from '../../app/notices/notice-record.ts';
import { noticeText } from '../../documents/notices/document.ts';
import type { Notice } from '../../documents/notices/notice.ts';
import type { NoticeRecord } from '../../documents/notices/record.ts';
import { renderNotices, type Rendering } from '../../documents/notices/render.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { LENDER } from './lender.ts';
import { applicationOf, identityOf } from './submissions.ts';

/** What the notices of a decision are rendered from, with an invented applicant. */
export const noticeRecordOf = (decision: DecisionRecord, changes: Partial<NoticeRecord> = {}): NoticeRecord => ({
  decision,
  address: 'd'.repeat(64),
  application: applicationOf(),
  identity: identityOf(),
  lender: printedOf(LENDER),
  policy: null as PolicyResult | null,
  review: null,
  ...changes,
});

/** The notices of a decision. */
export const noticesOf = (
  decision: DecisionRecord,
  changes: Partial<NoticeRecord> = {},
  rendering: Rendering = { channel: 'PAPER' },
): Notice[] => renderNotices(noticeRecordOf(decision, changes), rendering);

/** The first notice of a decision as plain text. */
export function noticeTextOf(decision: DecisionRecord, changes: Partial<NoticeRecord> = {}): string {
  const [first] = noticesOf(decision, changes);
  return first ? noticeText(first) : '';
}
