import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { MessageId } from './basis.ts';
import type { NoticeBlock } from './notice.ts';
import type { Writer } from './writer.ts';

/** Rows of a loan: messages whose value is the message of the same name with `.value`. */
const LOAN = [
  'offer.amount',
  'offer.fee',
  'offer.financed',
  'offer.charge',
  'offer.total',
  'offer.apr',
  'offer.rate',
  'offer.payments',
  'offer.until',
] as const satisfies readonly MessageId[];

const LINE = [
  'offer.limit',
  'offer.subscription',
  'offer.apr',
  'offer.rate',
  'offer.draw',
  'offer.cost',
  'offer.until',
] as const satisfies readonly MessageId[];

/** A table of the terms of each offer, and what must be verified first. */
export function offerBlocks(writer: Writer, { offers, conditions }: DecisionRecord): NoticeBlock[] {
  const tables = offers.flatMap(({ kind }, at): NoticeBlock[] => {
    const of = writer.within('offer', 'decision', `offers.${at}`);
    return [
      of.heading(kind === 'LINE' ? 'offer.line' : 'offer.loan'),
      {
        kind: 'TABLE',
        head: [of.say('offer.label'), of.say('offer.value')],
        rows: (kind === 'LINE' ? LINE : LOAN).map((row) => of.row(row, `${row}.value`)),
      },
    ];
  });
  if (conditions.length === 0) return tables;
  const line = offers.some(({ kind }) => kind === 'LINE');
  return [
    ...tables,
    writer.paragraph(line ? 'conditions.line' : 'conditions.loan'),
    {
      kind: 'LIST',
      items: conditions.map((_, at) =>
        writer.within('condition', 'decision', `conditions.${at}`).say('condition.item'),
      ),
    },
  ];
}
