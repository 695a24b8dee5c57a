import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { creditFiles } from '../../../audit/reports/credit-files.ts';
import { decisionTimes } from '../../../audit/reports/decision-times.ts';
import { REPORTS } from '../../../audit/reports/index.ts';
import { notices, timelinessOf } from '../../../audit/reports/notices.ts';
import { clockOf, openCases } from '../../../audit/reports/open-cases.ts';
import { reasonMix } from '../../../audit/reports/reason-mix.ts';
import { register } from '../../../audit/reports/register.ts';
import { addDays } from '../../../domain/calendar.ts';
import { decisionOutcome } from '../../../domain/decision/record.ts';
import { REASONS } from '../../../domain/reasons/catalogue.ts';
import { plotted, ran, recordedOf, type RecordedCase } from '../../support/recorded.ts';

const date = fc.integer({ min: 0, max: 120 }).map((days) => addDays('2026-01-01', days));
const recordedCase: fc.Arbitrary<RecordedCase> = fc
  .record({
    receivedOn: date,
    status: fc.constantFrom('HIT', 'THIN', 'NO_HIT', 'FROZEN', 'MISMATCH', 'UNAVAILABLE', 'AMBIGUOUS'),
    outcome: fc.option(fc.constantFrom(...decisionOutcome.options)),
    by: fc.constantFrom('POLICY', 'r.vega', 'm.okafor'),
    reasons: fc.uniqueArray(fc.constantFrom(...Object.keys(REASONS)), { maxLength: 4 }),
    days: fc.integer({ min: 0, max: 40 }),
    notified: fc.boolean(),
  })
  .map(({ receivedOn, status, outcome, by, reasons, days, notified }) => {
    const on = addDays(receivedOn, days);
    return {
      receivedOn,
      pulled: { on: receivedOn, status },
      ...(outcome && { decided: { on, outcome, by, reasons } }),
      ...(outcome && notified && { noticeOn: on }),
    };
  });
const cases = fc
  .array(recordedCase, { maxLength: 30 })
  .map((all) => all.map((each, at) => recordedOf({ ...each, id: `application-${at}` })));

describe('Every report', () => {
  test.each(REPORTS.map((report) => [report.name, report] as const))('%s is empty over nothing', (_, report) => {
    expect(ran(report, []).rows).toEqual([]);
    expect(
      ran(report, [recordedOf({ decided: { on: '2026-01-06', outcome: 'DECLINE' } })], { to: '2025-12-31' }).rows,
    ).toEqual([]);
  });

  test.each(REPORTS.map((report) => [report.name, report] as const))(
    '%s has exactly its columns in its rows',
    (_, report) => {
      fc.assert(
        fc.property(cases, (applications) => {
          const names = report.columns.map(({ name }) => name).sort();
          for (const row of ran(report, applications).rows) expect(Object.keys(row).sort()).toEqual(names);
        }),
        { numRuns: 20 },
      );
    },
  );

  test('says the same of a whole period as of its two halves', () => {
    const additive = [register, creditFiles, notices, openCases];
    fc.assert(
      fc.property(cases, date, (applications, to) => {
        for (const report of additive) {
          const halves = [ran(report, applications, { to }), ran(report, applications, { from: addDays(to, 1) })];
          const whole = ran(report, applications);
          expect(halves.flatMap(({ rows }) => rows).length).toBe(whole.rows.length);
          expect(plotted(halves[0]!) + plotted(halves[1]!)).toBe(plotted(whole));
        }
      }),
      { numRuns: 50 },
    );
  });

  test('shows in its plot as many as it has rows, or leaves out what it says it leaves out', () => {
    fc.assert(
      fc.property(cases, (applications) => {
        expect(plotted(ran(register, applications))).toBe(applications.length);
        expect(plotted(ran(notices, applications))).toBe(applications.length);
        expect(plotted(ran(creditFiles, applications))).toBe(applications.length);
        expect(ran(openCases, applications).rows.length).toBe(plotted(ran(openCases, applications)));
      }),
      { numRuns: 50 },
    );
  });

  test('reads no kind of evidence that may name the applicant, but for the review, whose note it never shows', () => {
    const kinds = new Set(REPORTS.flatMap(({ reads }) => reads));
    expect([...kinds].sort()).toEqual(['application', 'contract', 'decision', 'policy', 'review', 'score']);
  });
});

describe('The register', () => {
  const offer = {
    kind: 'LOAN' as const,
    offerId: '0123456789abcdef',
    amountCents: 800_000,
    termMonths: 36,
    annualRateBasisPoints: 1_999,
    originationFeeCents: 24_000,
    amountFinancedCents: 776_000,
    paymentCents: 1,
    finalPaymentCents: 1,
    financeChargeCents: 1,
    totalOfPaymentsCents: 1,
    expiresOn: '2026-02-05',
    apr: '21.45',
    mapr: '21.45',
    boundBy: 'DTI',
  };

  test.each([
    ['an accepted offer', { outcome: 'COUNTEROFFER', accepted: true }, ['ACCEPTED', 1, '2026-01-09', 4]],
    ['an open offer', { outcome: 'APPROVE', accepted: false }, ['OFFER_OPEN', null, '2026-01-07', 2]],
    ['a decline', { outcome: 'DECLINE', accepted: false }, ['DENIED', 3, '2026-01-07', 2]],
    [
      'an application that can be completed',
      { outcome: 'INCOMPLETE', accepted: false },
      ['PENDING_APPLICANT', null, null, null],
    ],
    ['a withdrawal', { outcome: 'WITHDRAWN', accepted: false }, ['WITHDRAWN', 4, '2026-01-07', 2]],
    ['a state without an offer', { outcome: 'NOT_OFFERED', accepted: false }, ['NOT_OFFERED', 3, '2026-01-07', 2]],
  ] as const)('says what was done: %s', (_, { outcome, accepted }, [action, actionCode, actionOn, daysToAction]) => {
    const [row] = ran(register, [
      recordedOf({
        decided: { on: '2026-01-07', outcome, reasons: ['AA09', 'AX03'] },
        decision: { offers: outcome === 'APPROVE' || outcome === 'COUNTEROFFER' ? [offer] : [] },
        ...(accepted && { accepted: { on: '2026-01-09', offerId: offer.offerId } }),
      }),
    ]).rows;
    expect(row).toMatchObject({
      action,
      actionCode,
      actionOn,
      daysToAction,
      requestedCents: 1_000_000,
      automated: true,
    });
    expect(row).toMatchObject({ reason1: 'AA09 Excessive obligations in relation to income', reason3: null });
    if (accepted) expect(row).toMatchObject({ offeredCents: 800_000, feeCents: 24_000, apr: '21.45' });
  });

  test('has what is undecided too', () => {
    expect(ran(register, [recordedOf()]).rows).toMatchObject([{ action: 'UNDECIDED', actionOn: null, noticeOn: null }]);
  });
});

describe('Open cases', () => {
  test.each([
    [0, 'IN_TIME'],
    [19, 'IN_TIME'],
    [20, 'PAST_DAY_20'],
    [24, 'PAST_DAY_20'],
    [25, 'PAST_DAY_25'],
    [30, 'PAST_DAY_25'],
    [31, 'PAST_DAY_30'],
  ])('after %d days are %s', (age, clock) => {
    expect(clockOf(age)).toBe(clock);
    const receivedOn = addDays('2026-02-01', -age);
    expect(ran(openCases, [recordedOf({ receivedOn })]).rows).toMatchObject([{ ageDays: age, clock }]);
  });

  test.each([
    ['waits for a reviewer', { awaits: { on: '2026-01-31' } }, { status: 'IN_REVIEW', waitsHours: 24 }],
    [
      'waits for an operator',
      { awaits: { on: '2026-01-30', attention: { failedState: 'ApplyPolicy', error: 'KeyMissing' } } },
      { status: 'NEEDS_ATTENTION', waitsFor: 'ApplyPolicy: KeyMissing', waitsHours: 48 },
    ],
    ['was stopped', { archivedOn: '2026-01-06' }, { status: 'ENDED' }],
    ['was stopped while it waited', { awaits: { on: '2026-01-06' }, archivedOn: '2026-01-07' }, { status: 'ENDED' }],
    ['runs', {}, { status: 'IN_PROGRESS', waitsHours: null }],
    ['has no notice', { decided: { on: '2026-01-06', outcome: 'DECLINE' } }, { status: 'UNNOTIFIED' }],
  ] as const)('are told by where they stand: one %s', (_, given, row) => {
    expect(ran(openCases, [recordedOf(given)]).rows).toMatchObject([row]);
  });

  test('are none once the notice is issued', () => {
    const finished = recordedOf({ decided: { on: '2026-01-06', outcome: 'DECLINE' }, noticeOn: '2026-01-06' });
    expect(ran(openCases, [finished]).rows).toEqual([]);
  });
});

describe('Notices', () => {
  test.each([
    // received 2026-01-31, so due 2026-03-02; the day is the creditor's.
    ['2026-02-24', '2026-03-10', 'IN_TIME'],
    ['2026-02-25', '2026-03-10', 'NEAR'],
    ['2026-03-02', '2026-03-10', 'NEAR'],
    ['2026-03-03', '2026-03-10', 'LATE'],
    [null, '2026-02-01', 'NOT_YET_DUE'],
    [null, '2026-02-25', 'DUE_SOON'],
    [null, '2026-03-02', 'DUE_SOON'],
    [null, '2026-03-03', 'MISSING'],
  ])('issued on %s, seen on %s, are %s', (noticeOn, today, timeliness) => {
    expect(timelinessOf(noticeOn, '2026-03-02', today)).toBe(timeliness);
    const given = recordedOf({ receivedOn: '2026-01-31', ...(noticeOn && { noticeOn }) });
    const { rows } = ran(notices, [given], { today });
    if (timeliness === 'IN_TIME' || timeliness === 'NOT_YET_DUE') expect(rows).toEqual([]);
    else expect(rows).toMatchObject([{ timeliness, dueOn: '2026-03-02' }]);
  });
});

describe('Reasons', () => {
  test('are shares of the adverse decisions of their month', () => {
    const decided = (on: string, outcome: 'DECLINE' | 'COUNTEROFFER' | 'APPROVE', ...reasons: string[]) =>
      recordedOf({ decided: { on, outcome, reasons } });
    const { rows, plots } = ran(reasonMix, [
      decided('2026-01-06', 'DECLINE', 'AA09', 'AX03'),
      decided('2026-01-20', 'COUNTEROFFER', 'AA09'),
      decided('2026-01-20', 'APPROVE'),
      decided('2026-02-02', 'DECLINE', 'AX03'),
      decided('2026-02-03', 'DECLINE', 'AA21'),
    ]);
    expect(
      rows.map(({ month, reason, decisions, adverse, share }) => [month, reason, decisions, adverse, share]),
    ).toEqual([
      ['2026-01', 'AA09', 2, 2, 1],
      ['2026-01', 'AX03', 1, 2, 0.5],
      ['2026-02', 'AX03', 1, 2, 0.5],
      ['2026-02', 'AA21', 1, 2, 0.5],
    ]);
    expect(plots[0]!.points).toEqual([
      { label: '2026-01', values: [100, 50, 0] },
      { label: '2026-02', values: [0, 50, 50] },
    ]);
  });

  test('sum to the reasons that were given', () => {
    fc.assert(
      fc.property(fc.array(recordedCase, { maxLength: 30 }), (given) => {
        const adverse = given.flatMap(({ decided }) =>
          decided && (decided.outcome === 'DECLINE' || decided.outcome === 'COUNTEROFFER') ? [decided] : [],
        );
        const { rows } = ran(reasonMix, given.map(recordedOf));
        const sum = rows.reduce((total, { decisions }) => total + Number(decisions), 0);
        expect(sum).toBe(adverse.flatMap(({ reasons = [] }) => reasons).length);
      }),
      { numRuns: 50 },
    );
  });
});

describe('Times to a decision', () => {
  test('are percentiles that were computed by hand', () => {
    const seconds = [5, 1, 4, 2, 3, 10, 9, 8, 7, 6];
    const decided = seconds.map((secondsAfterNoon) =>
      recordedOf({ decided: { on: '2026-01-05', outcome: 'APPROVE', secondsAfterNoon } }),
    );
    const reviewed = recordedOf({ decided: { on: '2026-01-06', outcome: 'APPROVE', by: 'r.vega' } });
    expect(ran(decisionTimes, [...decided, reviewed]).rows).toMatchObject([
      {
        by: 'BY_ITSELF',
        decisions: 10,
        medianSeconds: 5,
        ninetiethSeconds: 9,
        ninetyNinthSeconds: 10,
        longestSeconds: 10,
      },
      { by: 'WITH_A_PERSON', decisions: 1, medianSeconds: 86_400, longestSeconds: 86_400 },
    ]);
  });
});

describe('A decision that was reopened', () => {
  const first = {
    decided: { on: '2026-01-06', outcome: 'DECLINE', reasons: ['AA09'] },
    noticeOn: '2026-01-06',
  } as const;
  const waiting = recordedOf({ ...first, reopenedOn: '2026-01-20' });
  const again = recordedOf({
    ...first,
    reopenedOn: '2026-01-20',
    again: { decided: { on: '2026-01-21', outcome: 'APPROVE', by: 'r.vega' }, noticeOn: '2026-02-24' },
  });

  test('is open anew, and its clock starts at the reopening', () => {
    expect(ran(openCases, [waiting]).rows).toMatchObject([
      { receivedOn: '2026-01-05', reopenedOn: '2026-01-20', ageDays: 12, noticeDueOn: '2026-02-19' },
    ]);
    expect(ran(openCases, [again]).rows).toEqual([]);
  });

  test('is in the register as it stands by now', () => {
    expect(ran(register, [waiting, again]).rows).toMatchObject([
      { action: 'REOPENED', actionOn: null, reopened: 1 },
      { action: 'OFFER_OPEN', actionOn: '2026-01-21', reopened: 1 },
    ]);
  });

  test('has a notice of its own', () => {
    expect(ran(notices, [again], { today: '2026-03-01' }).rows).toMatchObject([
      {
        reopenedOn: '2026-01-20',
        dueOn: '2026-02-19',
        readyOn: '2026-02-24',
        sentOn: '2026-02-24',
        days: 35,
        daysLeft: -5,
        timeliness: 'LATE',
      },
    ]);
    expect(plotted(ran(notices, [again]))).toBe(2);
  });

  test('has a time of its own, and both decisions have their reasons', () => {
    expect(ran(decisionTimes, [again]).rows).toMatchObject([
      { by: 'BY_ITSELF', decisions: 1, longestSeconds: 86_400 },
      { by: 'WITH_A_PERSON', decisions: 1, longestSeconds: 86_400 },
    ]);
    expect(ran(reasonMix, [again]).rows).toMatchObject([{ reason: 'AA09', decisions: 1, adverse: 1 }]);
  });
});
