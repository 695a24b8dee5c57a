import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Language } from '../../documents/notices/language.ts';
import type { Notice, NoticeKind } from '../../documents/notices/notice.ts';
import type { NoticeRecord } from '../../documents/notices/record.ts';
import { renderNotice, renderNotices } from '../../documents/notices/render.ts';
import { disclosuresOf } from '../../domain/decision/disclosures.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import type { FrozenDecision } from '../../domain/decision/replay.ts';
import { noticeRecordOf } from './notices.ts';
import { quotingOf } from './quotes.ts';

/** A golden notice, and the record that it was rendered from. */
export interface GoldenNotice {
  /** `CASE.KIND`, the name of its files under test/golden/notices. */
  readonly name: string;
  readonly record: NoticeRecord;
  readonly notice: Notice;
}

const GOLDEN = join(import.meta.dirname, '..', 'golden');

/** Golden decisions whose notices are golden too. */
const CASES = [
  'approve-middle-rate',
  'auto-refinance',
  'auto-shorter-term',
  'counteroffer-dti',
  'decline-by-model',
  'decline-under-age',
  'incomplete',
  'line-counteroffer',
  'line-open-limit',
  'not-offered-state',
  'refer-declined',
];

/** Notices that an outcome alone does not issue: of an act, of another setting, or with other facts. */
const MORE: readonly [from: string, as: string, kind: NoticeKind, changes: (record: NoticeRecord) => NoticeRecord][] = [
  [
    'approve-middle-rate',
    'withdrawn',
    'WITHDRAWAL',
    (record) => ({ ...record, act: { type: 'APPLICATION_WITHDRAWN', on: '2026-11-24' } }),
  ],
  [
    'approve-middle-rate',
    'approve-without-score',
    'CREDIT_SCORE_DISCLOSURE',
    (record) => disclosing(record, { scores: [] }),
  ],
  ['approve-middle-rate', 'priced-by-risk', 'RISK_BASED_PRICING', (record) => record],
  ['decline-by-model', 'explained', 'AUTOMATED_DECISION_EXPLANATION', (record) => record],
  ['not-offered-state', 'not-offered-with-report', 'NOT_OFFERED', withReport],
  ['decline-by-model', 'decline-with-help', 'ADVERSE_ACTION', (record) => disclosing(record, { whatWouldHelp: HELP })],
  ['counteroffer-dti', 'counteroffer-quote-changed', 'COUNTEROFFER', (record) => quoted(record, 'CHANGED')],
  ['line-open-limit', 'line-quote-changed', 'APPROVAL', (record) => quoted(record, 'CHANGED')],
  ['decline-by-model', 'decline-quote-withdrawn', 'ADVERSE_ACTION', (record) => quoted(record, 'WITHDRAWN')],
];

/** A quote of the offers of the record, or else of test decisions, with a difference of every kind. */
function quoted(record: NoticeRecord, outcome: 'CHANGED' | 'WITHDRAWN'): NoticeRecord {
  const { decision } = record;
  const offers = decision.offers.length > 0 ? decision.offers : quotingOf().continued.quote.offers;
  const because: NonNullable<DecisionRecord['quote']>['because'] = [
    { fact: 'REQUEST', name: 'amountCents' },
    { fact: 'STATED', name: 'income' },
    { fact: 'REPORT', name: 'inquiries6m' },
    { fact: 'POLICY' },
    { fact: 'MODEL' },
    { fact: 'EXPIRED' },
    { fact: 'REVIEW' },
    { fact: 'CHECKS' },
  ];
  const dates = { quotedOn: '2026-01-05', validUntil: '2026-02-04' };
  const quote = { prequalification: 'prequal-0001', ...dates, offers, outcome, because };
  return { ...record, decision: { ...decision, quote } };
}

const HELP: NonNullable<DecisionRecord['disclosures']>['whatWouldHelp'] = [
  [{ fact: 'AMOUNT', unit: 'CENTS', from: 1_500_000, to: 900_000 }],
  [
    { fact: 'ALL_UTILISATION', unit: 'PERCENT', from: 83, to: 45 },
    { fact: 'RECENT_INQUIRIES', unit: 'COUNT', from: 6, to: 2 },
  ],
];

function disclosing(record: NoticeRecord, changes: Partial<DecisionRecord['disclosures']>): NoticeRecord {
  const { disclosures } = record.decision;
  return disclosures
    ? { ...record, decision: { ...record.decision, disclosures: { ...disclosures, ...changes } } }
    : record;
}

function withReport(record: NoticeRecord): NoticeRecord {
  const reportsUsed = [{ bureau: 'simulated-bureau', status: 'HIT', simulated: true }];
  return { ...record, decision: { ...record.decision, reportsUsed } };
}

function recordOf(name: string): NoticeRecord {
  const frozen = JSON.parse(readFileSync(join(GOLDEN, `${name}.json`), 'utf8')) as FrozenDecision;
  const { application, policy, preBureauPolicy, reviews, scoring } = frozen;
  const applied = (policy ?? preBureauPolicy)?.recorded ?? null;
  const { wouldHelp = [] } = applied ?? {};
  const decision: DecisionRecord = {
    disclosures: disclosuresOf(
      { scoring, scoredAt: frozen.decidedAt, scoreDisclosure: 'BOTH' },
      { ...frozen.decision, wouldHelp },
    ),
    ...frozen.decision,
  };
  return noticeRecordOf(decision, { application, policy: applied, review: reviews.at(-1) ?? null });
}

/** Renders every golden notice. @param language instead of English */
export function goldenNotices(language?: Language): GoldenNotice[] {
  const rendering = { channel: 'PAPER', ...(language && { language }) } as const;
  const issued = CASES.flatMap((name) => {
    const record = recordOf(name);
    return renderNotices(record, rendering).map((notice) => ({ name: `${name}.${notice.kind}`, record, notice }));
  });
  const more = MORE.map(([from, as, kind, changes]) => {
    const record = changes(recordOf(from));
    return { name: `${as}.${kind}`, record, notice: renderNotice(kind, record, rendering) };
  });
  return [...issued, ...more];
}
