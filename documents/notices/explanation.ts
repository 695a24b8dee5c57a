import type { MessageId } from './basis.ts';
import type { NoticeBlock } from './notice.ts';
import type { NoticeRecord } from './record.ts';
import { agency, contact, reasons } from './sections.ts';
import type { Writer } from './writer.ts';

/**
 * The explanation of an adverse automated decision: the role of the technology, the reasons, the data with its sources, and
 * what the applicant can do (Colorado SB 26-189).
 */
export function explanation(writer: Writer, record: NoticeRecord): NoticeBlock[] {
  const { reasons: stated } = record.decision;
  return [
    writer.paragraph(
      ...(record.decision.outcome === 'COUNTEROFFER' ? (['explanation.counteroffer'] as const) : []),
      'explanation.made',
      ...roleOf(record),
    ),
    ...(stated.length > 0
      ? reasons(writer, record, record.decision.outcome === 'COUNTEROFFER' ? 'reasons.counteroffer' : 'reasons.adverse')
      : []),
    ...data(writer, record),
    writer.heading('explanation.rights.heading'),
    writer.paragraph('explanation.request', 'explanation.correct', 'explanation.person'),
    ...contact(writer),
  ];
}

function roleOf({ decision: { decidedBy, policy, model } }: NoticeRecord): MessageId[] {
  return [
    ...(policy ? (['explanation.policy'] as const) : []),
    ...(model ? (['explanation.model'] as const) : []),
    decidedBy === 'POLICY' ? 'explanation.automatic' : 'explanation.assisted',
  ];
}

/** The kinds of data, and the agency of each report. */
function data(writer: Writer, record: NoticeRecord): NoticeBlock[] {
  const { application } = record;
  const { evidence, reportsUsed } = record.decision;
  const kinds: MessageId[] = [
    'explanation.data.application',
    ...('deposits' in application && application.deposits ? (['explanation.data.deposits'] as const) : []),
    ...('vehicle' in application.request ? (['explanation.data.vehicle'] as const) : []),
    ...(evidence.screening === null ? [] : (['explanation.data.screening'] as const)),
  ];
  return [
    writer.heading('explanation.data.heading'),
    writer.paragraph('explanation.data.intro'),
    { kind: 'LIST', items: kinds.map((kind) => writer.say(kind)) },
    ...reportsUsed.flatMap((_, at) => [writer.paragraph('explanation.data.report'), ...agency(writer, record, at)]),
  ];
}
