import { OWN_WORDS } from '../../domain/reasons/reason-text.ts';
import type { MessageId } from './basis.ts';
import type { NoticeBlock, NoticeKind } from './notice.ts';
import { offerBlocks } from './offers.ts';
import { agencyRoot, reasonSources, type NoticeRecord } from './record.ts';
import type { Writer } from './writer.ts';

/** The blocks of a notice below its letterhead. */
type Layout = (writer: Writer, record: NoticeRecord) => NoticeBlock[];

/** What each kind of notice has, in order. */
export const LAYOUTS: Readonly<Record<NoticeKind, Layout>> = {
  APPROVAL: (writer, { decision }) => [
    writer.paragraph('approval.decided'),
    ...offerBlocks(writer, decision),
    ...acceptance(writer),
    ...contact(writer, 'contact.withdraw', 'contact.correct'),
  ],
  COUNTEROFFER: (writer, record) => [
    { kind: 'PARAGRAPH', sentences: [writer.say(requested(record)), writer.say('counteroffer.offer')] },
    ...offerBlocks(writer, record.decision),
    ...acceptance(writer),
    ...reasons(writer, record, 'reasons.counteroffer'),
    ...reports(writer, record),
    ...equalCredit(writer),
    ...contact(writer, 'contact.person', 'contact.correct', 'contact.withdraw'),
  ],
  ADVERSE_ACTION: (writer, record) => [
    writer.paragraph('adverse.decided'),
    ...reasons(writer, record, 'reasons.adverse'),
    ...reports(writer, record),
    ...equalCredit(writer),
    ...contact(writer, 'contact.person', 'contact.correct'),
  ],
  INCOMPLETENESS: (writer, { decision }) => [
    writer.paragraph('incomplete.decided', 'incomplete.needed'),
    {
      kind: 'LIST',
      items: decision.missing.map((_, at) => writer.within('item', 'decision', `missing.${at}`).say('incomplete.item')),
    },
    writer.paragraph('incomplete.until', 'incomplete.how', 'incomplete.otherwise'),
    ...contact(writer, 'contact.withdraw', 'contact.correct'),
  ],
  NOT_OFFERED: (writer, record) => [
    writer.paragraph(...notOffered(record)),
    ...reports(writer, record),
    ...contact(writer, 'contact.correct'),
  ],
  WITHDRAWAL: (writer) => [writer.paragraph('withdrawal.recorded', 'withdrawal.kept'), ...contact(writer)],
  CREDIT_SCORE_DISCLOSURE: (writer, record) => [...reports(writer, record), ...contact(writer)],
  RISK_BASED_PRICING: (writer, record) => [...reports(writer, record), ...contact(writer)],
  AUTOMATED_DECISION_EXPLANATION: (writer, record) => [
    writer.paragraph('explanation.made'),
    ...reasons(writer, record, 'reasons.adverse'),
    ...contact(writer, 'contact.person', 'contact.correct'),
  ],
};

function requested({ decision: { requested: asked } }: NoticeRecord): MessageId {
  if (asked.amountCents === null) return 'counteroffer.decided.open';
  return asked.termMonths === null ? 'counteroffer.decided.line' : 'counteroffer.decided.loan';
}

function notOffered({ decision: { ground, reportsUsed } }: NoticeRecord): MessageId[] {
  const why = ground === 'law' ? 'law' : ground === 'type-of-credit' ? 'type' : 'state';
  const unread: MessageId[] = reportsUsed.length === 0 ? ['notOffered.unread'] : [];
  return [`notOffered.${why}`, 'notOffered.credit', ...unread];
}

const acceptance = (writer: Writer): NoticeBlock[] => [
  writer.heading('accept.heading'),
  writer.paragraph('accept.how', 'accept.otherwise'),
];

function reasons(writer: Writer, record: NoticeRecord, intro: MessageId): NoticeBlock[] {
  const items = record.decision.reasons.map(({ code, text }, at) =>
    writer.reason(code, code === OWN_WORDS ? text : undefined, reasonSources(record, at)),
  );
  return [writer.heading('reasons.heading'), writer.paragraph(intro), { kind: 'LIST', items }];
}

/** The agencies whose reports were used, and the applicant's rights (15 USC 1681m(a)). */
function reports(writer: Writer, { decision }: NoticeRecord): NoticeBlock[] {
  if (decision.reportsUsed.length === 0) return [];
  return [
    writer.heading('report.heading'),
    ...decision.reportsUsed.flatMap(({ bureau, simulated }, at): NoticeBlock[] => {
      const of = writer.with('agency', agencyRoot(bureau));
      const used = { evidence: 'decision', path: `reportsUsed.${at}.bureau` } as const;
      return [
        writer.paragraph('report.used'),
        {
          kind: 'ADDRESS',
          lines: [of.say('report.agency', used), of.say('report.address', used), of.say('report.telephone', used)],
        },
        ...(simulated ? [writer.paragraph('report.simulated')] : []),
        writer.paragraph('report.undecided', 'report.free', 'report.dispute'),
      ];
    }),
  ];
}

const equalCredit = (writer: Writer): NoticeBlock[] => [
  writer.heading('equal.heading'),
  writer.paragraph('equal.notice'),
];

const contact = (writer: Writer, ...more: readonly MessageId[]): NoticeBlock[] => [
  writer.heading('contact.heading'),
  writer.paragraph('contact.call', ...more),
];
