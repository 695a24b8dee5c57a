import type { NoticeBlock } from './notice.ts';
import type { NoticeRecord } from './record.ts';
import { agency, contact, scoreBlocks } from './sections.ts';
import type { Writer } from './writer.ts';

/** The credit score disclosure of form H-4, or of H-5 where there is no score (12 CFR 1022.74(e), (f)). */
export function scoreDisclosure(writer: Writer, record: NoticeRecord): NoticeBlock[] {
  const scores = record.decision.disclosures?.scores ?? [];
  const known =
    scores.length > 0
      ? [writer.heading('disclosure.yours'), ...scores.flatMap((_, at) => disclosed(writer, record, at))]
      : [writer.heading('disclosure.yours'), writer.paragraph('disclosure.none', 'disclosure.none.price')];
  return [...known, ...checking(writer, record), ...contact(writer)];
}

function disclosed(writer: Writer, record: NoticeRecord, at: number): NoticeBlock[] {
  const of = writer.within('score', 'decision', `disclosures.scores.${at}`);
  const own = record.decision.disclosures?.scores[at]?.own ?? false;
  return [
    ...scoreBlocks(writer, record, at),
    of.heading('disclosure.what.heading'),
    of.paragraph(
      own ? 'disclosure.what.own' : 'disclosure.what',
      'disclosure.record',
      own ? 'disclosure.change.own' : 'disclosure.change',
    ),
    of.heading('disclosure.use.heading'),
    of.paragraph('disclosure.use', 'disclosure.range'),
    ...comparison(of, record, at),
  ];
}

/** The distribution of scores, from the lowest; left out where the record has none. */
function comparison(writer: Writer, { decision }: NoticeRecord, at: number): NoticeBlock[] {
  const distribution = decision.disclosures?.scores[at]?.distribution;
  if (!distribution) return [];
  const rows = distribution.bars.map((_, bar) =>
    writer.within('bar', 'score', `distribution.bars.${bar}`).row('disclosure.compare.bar', 'disclosure.compare.value'),
  );
  return [
    writer.heading('disclosure.compare.heading'),
    writer.paragraph('disclosure.compare', 'disclosure.compare.sample'),
    {
      kind: 'TABLE',
      head: [writer.say('disclosure.compare.scores'), writer.say('disclosure.compare.share')],
      rows,
    },
  ];
}

function checking(writer: Writer, record: NoticeRecord): NoticeBlock[] {
  return [
    writer.heading('disclosure.report.heading'),
    ...record.decision.reportsUsed.flatMap((_, at) => [
      writer.paragraph('disclosure.report.agency'),
      ...agency(writer, record, at),
    ]),
    writer.paragraph('disclosure.dispute', 'disclosure.mistakes'),
    ...copies(writer),
  ];
}

const copies = (writer: Writer): NoticeBlock[] => [
  writer.heading('disclosure.copy.heading'),
  writer.paragraph('disclosure.copy', 'disclosure.order'),
  {
    kind: 'LIST',
    items: [
      writer.say('disclosure.order.telephone'),
      writer.say('disclosure.order.web'),
      writer.say('disclosure.order.mail'),
    ],
  },
  writer.paragraph('disclosure.more'),
];

/** The risk-based pricing notice of form H-6, or of H-1 where no score was used (12 CFR 1022.73(a)(1)). */
export function riskBasedPricing(writer: Writer, record: NoticeRecord): NoticeBlock[] {
  const scores = record.decision.disclosures?.scores ?? [];
  return [
    writer.paragraph('pricing.used', 'pricing.set', 'pricing.less'),
    writer.heading('report.heading'),
    ...record.decision.reportsUsed.flatMap((_, at) => [
      writer.paragraph('disclosure.report.agency'),
      ...agency(writer, record, at),
    ]),
    writer.paragraph('pricing.dispute', 'pricing.free', 'disclosure.more'),
    ...(scores.length > 0 ? [writer.heading('score.heading')] : []),
    ...scores.flatMap((_, at) => scoreBlocks(writer, record, at)),
    ...contact(writer),
  ];
}
