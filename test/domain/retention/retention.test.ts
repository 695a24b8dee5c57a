import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { addDays, addMonths } from '../../../domain/calendar.ts';
import { chainEvent, type LedgerEntry } from '../../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody, type EventType } from '../../../domain/ledger/events.ts';
import {
  forgettingOf,
  refusalToForget,
  retentionOf,
  type RetentionClass,
} from '../../../domain/retention/retention.ts';

const ZONE = 'America/Chicago';
const EVIDENCE = [{ kind: 'application', address: 'a'.repeat(64), versionId: '1' }];
const STEP = { output: {}, evidence: [], facts: {} };

type Said = { [Type in EventType]: readonly [Type, string, EventBody<Type>] }[EventType];

function ledgerOf(...said: readonly Said[]): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const [index, [type, occurredAt, body]] of said.entries()) {
    const event = ledgerEvent({
      id: `e${index}`,
      applicationId: 'a',
      type,
      occurredAt,
      actor: 'r.vega',
      body,
    });
    entries.push(chainEvent(event, entries.at(-1), occurredAt));
  }
  return entries;
}

const noon = (date: string) => `${date}T18:00:00.000Z`;
const received = (date: string): Said => [
  'APPLICATION_RECEIVED',
  noon(date),
  { product: 'personal-loan', receivedOn: date, evidence: EVIDENCE },
];
const noticed = (date: string): Said => ['NOTICES_ISSUED', noon(date), STEP];
const decided = (date: string): Said => ['DECISION_RECORDED', noon(date), STEP];
const screened = (date: string): Said => ['APPLICANTS_SCREENED', noon(date), STEP];
const placed = (date: string, matter = 'case-1'): Said => [
  'LEGAL_HOLD_PLACED',
  noon(date),
  { role: 'administrator', matter, note: 'Preserve.' },
];
const lifted = (date: string, matter = 'case-1'): Said => [
  'LEGAL_HOLD_LIFTED',
  noon(date),
  { role: 'administrator', matter, note: 'Over.' },
];
const extended = (date: string, retainUntil: string): Said => [
  'RETENTION_EXTENDED',
  noon(date),
  { retainUntil, periods: [], objects: 1 },
];
const requested = (date: string): Said => [
  'FORGETTING_REQUESTED',
  noon(date),
  { role: 'reviewer', answer: 'DENIED', reason: 'STATUTORY_MINIMUM', doneOn: '2028-02-06', note: 'By letter.' },
];
const toForget = (date: string): Said => ['FORGETTING_DECIDED', noon(date), { why: 'RETENTION_EXPIRED' }];

const of = (...said: readonly Said[]) => retentionOf(ledgerOf(...said), ZONE);
const untilOf = (retentionClass: RetentionClass, ...said: readonly Said[]) =>
  of(...said).periods.find((each) => each.class === retentionClass)?.until;

describe('A notice keeps its application for 25 calendar months, to the end of a shorter month (12 CFR 1002.12(b))', () => {
  test.each([
    ['2026-01-31', '2028-02-29'],
    ['2026-01-30', '2028-02-29'],
    ['2026-12-31', '2029-01-31'],
    ['2027-01-31', '2029-02-28'],
  ])('of %s until %s', (from, until) => {
    expect(untilOf('NOTICE', received('2026-01-05'), noticed(from))).toBe(until);
    expect(untilOf('RECEIPT', received(from))).toBe(until);
  });

  test('counted from the creditor’s local date, not from UTC’s', () => {
    const late: Said = ['NOTICES_ISSUED', '2026-02-01T05:30:00.000Z', STEP];
    expect(untilOf('NOTICE', received('2026-01-05'), late)).toBe('2028-02-29');
  });
});

describe('An application is kept', () => {
  test('for 7 years after its decision, 10 after its screening, the longest of all', () => {
    const kept = of(received('2026-01-05'), screened('2026-01-05'), decided('2026-02-01'), noticed('2026-02-02'));
    expect(kept.periods).toEqual([
      { class: 'RECEIPT', from: '2026-01-05', until: '2028-02-05' },
      { class: 'SANCTIONS_SCREENING', from: '2026-01-05', until: '2036-01-05' },
      { class: 'DECISION_FILE', from: '2026-02-01', until: '2033-02-01' },
      { class: 'NOTICE', from: '2026-02-02', until: '2028-03-02' },
    ]);
    expect(kept).toMatchObject({ retainUntil: '2036-01-05', statutoryUntil: '2036-01-05', decided: true });
  });

  test('for longer after a later notice, never for less long than was recorded', () => {
    const before = of(received('2026-01-05'), decided('2026-01-06'), noticed('2026-01-06'));
    const after = of(received('2026-01-05'), decided('2026-01-06'), noticed('2026-01-06'), noticed('2032-01-06'));
    expect([before.retainUntil, after.retainUntil]).toEqual(['2033-01-06', '2034-02-06']);
    expect(of(received('2026-01-05'), extended('2026-01-06', '2040-01-01'))).toMatchObject({
      retainUntil: '2040-01-01',
      recordedUntil: '2040-01-01',
    });
  });

  test('whatever is appended, never for less long than before', () => {
    const date = fc.integer({ min: 0, max: 5000 }).map((days) => addDays('2026-01-05', days));
    const made = fc.tuple(fc.constantFrom(noticed, decided, screened), date).map(([make, on]) => make(on));
    const extension = fc.tuple(date, date).map(([on, until]) => extended(on, until));
    fc.assert(
      fc.property(fc.array(fc.oneof(made, extension), { maxLength: 12 }), (said) => {
        const dates = said.map((_, index) => of(received('2026-01-05'), ...said.slice(0, index + 1)).retainUntil);
        expect(dates).toEqual(dates.toSorted());
      }),
    );
  });
});

describe('Forgetting is refused', () => {
  const decidedIncomplete = [received('2026-01-05'), decided('2026-01-06'), noticed('2026-01-06')] as const;
  const refusal = (said: readonly Said[], today: string, lockedUntil: string | null = null) =>
    refusalToForget(of(...said), today, lockedUntil);

  test('through the last day of the retention, and no day longer', () => {
    expect(refusal(decidedIncomplete, '2033-01-06')).toEqual({ reason: 'RETENTION_PERIOD', doneOn: '2033-01-07' });
    expect(refusal(decidedIncomplete, '2033-01-07')).toBeUndefined();
  });

  test('to a request through what is law, and then no longer', () => {
    const asked = [...decidedIncomplete, requested('2026-03-01')];
    expect(refusal(asked, '2028-02-06')).toEqual({ reason: 'STATUTORY_MINIMUM', doneOn: '2028-02-07' });
    expect(refusal(asked, '2028-02-07')).toBeUndefined();
  });

  test('to a request while the store locks the evidence, but not to what has expired', () => {
    const asked = [...decidedIncomplete, requested('2026-03-01')];
    expect(refusal(asked, '2028-02-07', '2033-01-08')).toEqual({ reason: 'OBJECT_LOCK', doneOn: '2033-01-09' });
    expect(refusal(asked, '2033-01-09', '2033-01-08')).toBeUndefined();
    expect(refusal(decidedIncomplete, '2033-01-07', '2034-01-01')).toBeUndefined();
  });

  test('by a legal hold before all else, until the last proceeding is over', () => {
    const held = [...decidedIncomplete, requested('2026-03-01'), placed('2026-03-02'), placed('2026-03-03', 'case-2')];
    const one = [...held, lifted('2026-03-04')];
    for (const said of [held, one]) expect(refusal(said, '2099-01-01')).toEqual({ reason: 'LEGAL_HOLD', doneOn: null });
    expect(refusal([...one, lifted('2026-03-05', 'case-2')], '2099-01-01')).toBeUndefined();
    expect(of(...one).holds).toMatchObject([{ matter: 'case-2', by: 'r.vega' }]);
  });

  test('to what is not decided', () => {
    expect(refusal([received('2026-01-05')], '2099-01-01')).toEqual({ reason: 'APPLICATION_OPEN', doneOn: null });
  });

  test('on every day on which a period of law runs, whatever is asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6000 }), fc.boolean(), (days, asked) => {
        const today = addDays('2026-01-05', days);
        const said = asked ? [...decidedIncomplete, requested('2026-01-07')] : decidedIncomplete;
        if (today <= addMonths('2026-01-06', 25)) expect(refusal(said, today)).toBeDefined();
      }),
    );
  });
});

describe('The chain says whether a hold or the forgetting came first', () => {
  const closed = [received('2026-01-05'), decided('2026-01-06')] as const;
  test.each([
    ['the forgetting', [...closed, toForget('2033-02-01'), placed('2033-02-01')], 2],
    ['the hold', [...closed, placed('2033-02-01'), toForget('2033-02-01')], undefined],
    [
      'a hold that was lifted since',
      [...closed, placed('2033-02-01'), toForget('2033-02-01'), lifted('2033-02-02'), toForget('2033-02-03')],
      5,
    ],
  ])('%s', (_, said, sequence) => {
    expect(forgettingOf(ledgerOf(...said)).decided?.sequence).toBe(sequence);
  });
});
