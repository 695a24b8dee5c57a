import type { NoticeKind } from '../../documents/notices/notice.ts';
import { renderNotice } from '../../documents/notices/render.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { noticesStatement } from '../../domain/ledger/statements.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { appendOnce } from '../append-once.ts';
import { newestAddress } from '../status.ts';
import type { NoticePorts } from '../workflow/issue-notices.ts';
import { actNoticeId, statedAct } from './issued.ts';
import { channelOf, noticeRecord, printedOf, sealedNotices } from './notice-record.ts';
import { syncNotices } from './notice-rows.ts';

/**
 * Issues the notice of an act after the decision, such as the acknowledgment of a withdrawal. A repeated call finds the first
 * entry. Before a decision nothing is issued: IssueNotices issues the notice of the decision.
 * @param act the entry of the act. @returns the entry that issued it; undefined where there is no decision.
 */
export async function issueActNotice(
  ports: NoticePorts,
  act: LedgerEntry,
  kind: NoticeKind,
): Promise<LedgerEntry | undefined> {
  const { ledger, events, lending } = ports;
  const { applicationId } = act;
  const earlier = await ledger.find(applicationId, actNoticeId(act));
  const entry = earlier ?? (await issued());
  if (entry) await syncNotices(ports, applicationId);
  const announcement = entry && announcementOf(entry);
  if (announcement) await events.publish([announcement]);
  return entry;

  async function issued(): Promise<LedgerEntry | undefined> {
    const decision = newestAddress(await ledger.read(applicationId), 'DECISION_RECORDED');
    if (decision === undefined) return undefined;
    const { lender } = lending;
    const stated = statedAct(act, lender.timeZone);
    const record = await noticeRecord(ports, { applicationId, decision, lender: printedOf(lender), act: stated });
    const notices = await sealedNotices(
      ports,
      [renderNotice(kind, record, { channel: channelOf(record, lender) })],
      record,
    );
    const { output, facts } = noticesStatement(notices);
    const event = ledgerEvent({
      id: actNoticeId(act),
      applicationId,
      type: 'NOTICES_ISSUED',
      occurredAt: act.occurredAt,
      actor: 'system',
      body: { output, facts, evidence: notices.map(({ reference }) => reference) },
    });
    return appendOnce(ledger, event);
  }
}
