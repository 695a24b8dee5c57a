import { AGENCIES, TERMS } from '../../domain/application/products.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { isInForce } from '../../domain/duties/duties.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { EN } from './en.ts';
import type { Language } from './language.ts';
import { LAYOUTS } from './layouts.ts';
import type { Notice, NoticeBlock, NoticeKind } from './notice.ts';
import { rootsOf, type NoticeRecord } from './record.ts';
import { Writer } from './writer.ts';

/** Raised by one with every change of `LAYOUTS`, so that a notice of another edition is not compared with a new rendering. */
const LAYOUT_EDITION = 4;

/** The days for conditions by product. */
const CLEARING = Object.fromEntries(
  Object.entries(TERMS).map(([product, { clearingDays }]) => [product, clearingDays]),
);

/** The edition of the texts, layouts, agencies and days, 12 hexadecimal digits. */
const editionOf = (language: Language): string =>
  digestOf({ layout: LAYOUT_EDITION, language, agencies: AGENCIES, clearing: CLEARING }).slice(0, 12);

/** Whether a notice was rendered with this edition, so that the record renders it again byte by byte. */
export const isCurrent = ({ template }: Pick<Notice, 'template'>, language: Language): boolean =>
  template.endsWith(`-${editionOf(language)}`);

/** How a notice is rendered besides its record. */
export interface Rendering {
  readonly channel: Notice['channel'];
  /** @default English */
  readonly language?: Language;
}

/** The notice that each outcome owes. */
const KINDS: Record<DecisionRecord['outcome'], NoticeKind> = {
  APPROVE: 'APPROVAL',
  COUNTEROFFER: 'COUNTEROFFER',
  DECLINE: 'ADVERSE_ACTION',
  NOT_OFFERED: 'NOT_OFFERED',
  INCOMPLETE: 'INCOMPLETENESS',
  WITHDRAWN: 'WITHDRAWAL',
};

/** Outcomes without the credit that was requested. */
const REFUSALS: ReadonlySet<DecisionRecord['outcome']> = new Set(['DECLINE', 'COUNTEROFFER', 'NOT_OFFERED']);

/**
 * The kinds of notices that a decision owes the applicant: of its outcome, on the score behind an approval's price, and the
 * explanation of an automated decision.
 */
function kindsOf({ decision, application }: NoticeRecord): NoticeKind[] {
  const { outcome, disclosures, decidedOn } = decision;
  const priced = typeof disclosures?.priceNotice?.form === 'string';
  const { state } = application.residence;
  const explained = REFUSALS.has(outcome) && isInForce('CO_ADVERSE_EXPLANATION', { state, on: decidedOn });
  return [
    KINDS[outcome],
    ...(priced ? (['CREDIT_SCORE_DISCLOSURE'] as const) : []),
    ...(explained ? (['AUTOMATED_DECISION_EXPLANATION'] as const) : []),
  ];
}

/**
 * Renders every notice that a decision owes the applicant, from the record alone (12 CFR 1002.9; 15 USC 1681m(a)).
 * @throws UnknownAgency, TemplateFieldMissing. No notice is rendered then.
 */
export function renderNotices(record: NoticeRecord, rendering: Rendering): Notice[] {
  return kindsOf(record).map((kind) => renderNotice(kind, record, rendering));
}

/** Renders one notice. @throws UnknownAgency, TemplateFieldMissing */
export function renderNotice(kind: NoticeKind, record: NoticeRecord, rendering: Rendering): Notice {
  const { channel, language = EN } = rendering;
  const writer = new Writer(rootsOf(record), language);
  return {
    schemaVersion: 2,
    kind,
    template: `${kind.toLowerCase().replaceAll('_', '-')}-${editionOf(language)}`,
    language: language.code,
    channel,
    dueOn: record.decision.noticeDueOn,
    decision: record.address,
    lender: record.lender,
    title: writer.say(`title.${kind}`),
    blocks: [...letterhead(writer), ...LAYOUTS[kind](writer, record)],
  };
}

const letterhead = (writer: Writer): NoticeBlock[] => [
  { kind: 'ADDRESS', lines: [writer.say('lender.name'), writer.say('lender.address'), writer.say('lender.telephone')] },
  writer.paragraph('letter.date'),
  {
    kind: 'ADDRESS',
    lines: [writer.say('applicant.name'), writer.say('applicant.street'), writer.say('applicant.city')],
  },
  writer.paragraph('letter.application'),
];
