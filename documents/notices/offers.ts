import { CONDITIONS } from '../../domain/decision/condition-evidence.ts';
import type { MessageId, RowLabel } from './basis.ts';
import type { NoticeBlock } from './notice.ts';
import { clearingRoot, moneyRoot, type NoticeRecord } from './record.ts';
import type { Writer } from './writer.ts';

/** Rows of a loan: each label has its value in the message of the same name with `.value`. */
const LOAN = [
  'offer.arrives',
  'offer.amount',
  'offer.apr',
  'offer.charge',
  'offer.financed',
  'offer.total',
  'offer.rate',
  'offer.payments',
  'offer.until',
] as const satisfies readonly RowLabel[];

const LINE = [
  'offer.limit',
  'offer.draws',
  'offer.apr',
  'offer.rate',
  'offer.subscription',
  'offer.draw',
  'offer.cost',
  'offer.until',
] as const satisfies readonly RowLabel[];

/** The terms of each offer, where its money goes, and what must be verified first. */
export function offerBlocks(writer: Writer, record: NoticeRecord): NoticeBlock[] {
  const { offers, conditions } = record.decision;
  const tables = offers.flatMap(({ kind }, at): NoticeBlock[] => {
    const of = writer
      .within('offer', 'decision', `offers.${at}`)
      .with('money', moneyRoot(record, at))
      .with('clearing', clearingRoot(record, at));
    const clear = conditions.length > 0 ? [of.row('offer.clear', 'offer.clear.value')] : [];
    const arrives = moneyRoot(record, at).value?.netProceedsCents !== 0;
    return [
      of.heading(kind === 'LINE' ? 'offer.line' : 'offer.loan'),
      of.table(kind === 'LINE' ? LINE : arrives ? LOAN : LOAN.filter((label) => label !== 'offer.arrives'), ...clear),
      ...paidTo(of, record, at),
    ];
  });
  if (conditions.length === 0) return tables;
  const line = offers.some(({ kind }) => kind === 'LINE');
  return [
    ...tables,
    writer.paragraph(line ? 'conditions.line' : 'conditions.loan'),
    {
      kind: 'LIST',
      items: conditions.map((condition, at) =>
        writer.within('condition', 'decision', `conditions.${at}`).say(documentsFor(condition)),
      ),
    },
    writer.paragraph('conditions.documents', 'conditions.how', 'conditions.late'),
  ];
}

/** The documents that clear a condition. */
function documentsFor(condition: string): MessageId {
  const known = CONDITIONS.find((each) => each === condition);
  return known ? `condition.${known}` : 'condition.other';
}

/** The itemization of a loan: the parts of the amount financed, and the fee that the lender keeps (12 CFR 1026.18(c)). */
function paidTo(writer: Writer, record: NoticeRecord, at: number): NoticeBlock[] {
  const { value: money } = moneyRoot(record, at);
  if (money?.kind !== 'LOAN') return [];
  const parts = money.paidTo.flatMap(({ payee, amountCents }, part) => {
    if (amountCents === 0) return [];
    const of = writer.within('part', 'money', `paidTo.${part}`);
    return [of.row(`payee.${payee}`, 'payee.value')];
  });
  const fee = money.prepaidFinanceChargeCents > 0 ? [writer.row('payee.FEE', 'payee.FEE.value')] : [];
  const shortfall = money.shortfallCents > 0 ? [writer.paragraph('payee.shortfall')] : [];
  return [
    writer.paragraph('payee.intro'),
    { kind: 'TABLE', head: [writer.say('payee.label'), writer.say('payee.amount')], rows: [...parts, ...fee] },
    ...shortfall,
  ];
}
