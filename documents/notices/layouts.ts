import type { MessageId } from './basis.ts';
import { explanation } from './explanation.ts';
import type { NoticeBlock, NoticeKind } from './notice.ts';
import { offerBlocks } from './offers.ts';
import { riskBasedPricing, scoreDisclosure } from './price-notices.ts';
import type { NoticeRecord } from './record.ts';
import { acceptance, contact, equalCredit, help, quoted, reasons, reports, scores } from './sections.ts';
import type { Writer } from './writer.ts';

/** The blocks of a notice below its letterhead. */
type Layout = (writer: Writer, record: NoticeRecord) => NoticeBlock[];

/** What each kind of notice has, in order. */
export const LAYOUTS: Readonly<Record<NoticeKind, Layout>> = {
  APPROVAL: (writer, record) => [
    writer.paragraph('approval.decided'),
    ...offerBlocks(writer, record),
    ...quoted(writer, record),
    ...acceptance(writer),
    ...contact(writer, 'contact.accept', 'contact.correct', 'contact.withdraw'),
  ],
  COUNTEROFFER: (writer, record) => [
    writer.paragraph(requested(record), 'counteroffer.offer'),
    ...offerBlocks(writer, record),
    ...quoted(writer, record),
    ...acceptance(writer),
    ...reasons(writer, record, 'reasons.counteroffer'),
    ...consumerReport(writer, record),
    ...equalCredit(writer),
    ...help(writer, record),
    ...contact(writer, 'contact.accept', 'contact.person', 'contact.correct', 'contact.withdraw'),
  ],
  ADVERSE_ACTION: (writer, record) => [
    writer.paragraph('adverse.decided'),
    ...reasons(writer, record, 'reasons.adverse'),
    ...consumerReport(writer, record),
    ...equalCredit(writer),
    ...quoted(writer, record),
    ...help(writer, record),
    ...contact(writer, 'contact.person', 'contact.correct'),
  ],
  INCOMPLETENESS: (writer, { decision }) => [
    writer.paragraph('incomplete.decided', 'incomplete.needed'),
    {
      kind: 'LIST',
      items: decision.missing.map((_, at) => writer.within('item', 'decision', `missing.${at}`).say('incomplete.item')),
    },
    writer.paragraph('incomplete.until', 'incomplete.how', 'incomplete.otherwise'),
    ...contact(writer, 'contact.complete', 'contact.correct', 'contact.withdraw'),
  ],
  // An exemption from the notice of 12 CFR 1002.9 does not end the duty of 15 USC 1681m(a) where a report was used.
  NOT_OFFERED: (writer, record) => [
    writer.paragraph(...notOffered(record)),
    ...quoted(writer, record),
    ...consumerReport(writer, record),
    ...contact(writer, 'contact.correct'),
  ],
  WITHDRAWAL: (writer, { decision }) => [
    writer.paragraph(...withdrawn(decision), 'withdrawal.kept'),
    ...contact(writer),
  ],
  CREDIT_SCORE_DISCLOSURE: scoreDisclosure,
  RISK_BASED_PRICING: riskBasedPricing,
  AUTOMATED_DECISION_EXPLANATION: explanation,
};

/** The disclosures of 15 USC 1681m(a), where a report was used. */
const consumerReport: Layout = (writer, record) =>
  record.decision.reportsUsed.length === 0 ? [] : [...reports(writer, record), ...scores(writer, record)];

function requested({ decision: { requested: asked } }: NoticeRecord): MessageId {
  if (asked.amountCents === null) return 'counteroffer.decided.open';
  return asked.termMonths === null ? 'counteroffer.decided.line' : 'counteroffer.decided.loan';
}

/** An incomplete application has no decision on its credit yet. */
function withdrawn({ outcome, offers }: NoticeRecord['decision']): MessageId[] {
  if (outcome === 'WITHDRAWN' || outcome === 'INCOMPLETE') return ['withdrawal.recorded'];
  return offers.length > 0 ? ['withdrawal.decided', 'withdrawal.offers'] : ['withdrawal.decided'];
}

function notOffered({ decision: { ground, reportsUsed } }: NoticeRecord): MessageId[] {
  const why = ground === 'law' ? 'law' : ground === 'type-of-credit' ? 'type' : 'state';
  const unread: MessageId[] = reportsUsed.length === 0 ? ['notOffered.unread'] : [];
  return [`notOffered.${why}`, 'notOffered.credit', ...unread];
}
