import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { EVENT_TYPES, ledgerEvent, type EventType } from '../../../domain/ledger/events.ts';
import { metricOfScore, metricsOfEvent, metricsOfSealed } from '../../../domain/monitoring/metrics.ts';
import { bandShares, SCORE_BAND_EDGES, scoreBand } from '../../../domain/monitoring/score-bands.ts';

const event = (type: EventType, body: object) =>
  ledgerEvent({
    id: 'e',
    applicationId: 'application-of-teacozy',
    type,
    occurredAt: '2026-01-05T12:00:00.000Z',
    actor: 'r.vega',
    body: body as never,
  });

describe('An event in the ledger', () => {
  test('of a report counts the bureau’s answer by its status, and nothing of whom it is about', () => {
    const facts = { bureau: 'simulated-bureau', status: 'NO_HIT', reference: 'r', simulated: true, ssn: '900-01-0000' };
    expect(metricsOfEvent(event('BUREAU_REPORT_PULLED', { output: {}, evidence: [], facts }))).toEqual([
      { name: 'BureauReports', value: 1, unit: 'Count', dimensions: { Bureau: 'simulated-bureau', Status: 'NO_HIT' } },
    ]);
  });

  test('of an application counts its product; of a task, that it was opened', () => {
    const evidence = [{ kind: 'application', address: 'a'.repeat(64), versionId: '1' }];
    const received = { product: 'auto-loan', receivedOn: '2026-01-05', evidence };
    expect(metricsOfEvent(event('APPLICATION_RECEIVED', received))).toEqual([
      { name: 'Applications', value: 1, unit: 'Count', dimensions: { Product: 'auto-loan' } },
    ]);
    expect(metricsOfEvent(event('ATTENTION_NEEDED', { queue: 'ATTENTION', facts: { by: 'teacozy' } }))).toEqual([
      { name: 'AttentionNeeded', value: 1, unit: 'Count', dimensions: {} },
    ]);
  });

  test('of any other type counts nothing', () => {
    const counting = ['APPLICATION_RECEIVED', 'BUREAU_REPORT_PULLED', 'REVIEW_AWAITED', 'ATTENTION_NEEDED'];
    for (const type of Object.keys(EVENT_TYPES).filter((each) => !counting.includes(each)))
      expect(
        metricsOfEvent({ ...event('EVIDENCE_EXPORTED', { purpose: 'p', role: 'auditor', withIdentity: false }), type }),
      ).toEqual([]);
  });
});

describe('A sealed value', () => {
  test('of a decision counts outcome and product, and whether a person decided, not which', () => {
    const decision = { product: 'personal-loan', outcome: 'DECLINE', decidedBy: 'r.vega', reasons: [] };
    const counted = metricsOfSealed('decision', decision);
    expect(counted.map(({ dimensions }) => dimensions)).toEqual([
      { Outcome: 'DECLINE' },
      { Outcome: 'DECLINE', Product: 'personal-loan' },
      { DecidedBy: 'PERSON' },
    ]);
    expect(JSON.stringify(counted)).not.toContain('vega');
  });

  test('of a score is counted by its product, its package and its band, not by the score', () => {
    const scoring = (result: object | null) => ({ model: { packageDigest: 'abc' }, result }) as never;
    expect(metricOfScore('credit-line', scoring({ score: 601 }))).toEqual({
      name: 'Scores',
      value: 1,
      unit: 'Count',
      dimensions: { Product: 'credit-line', Model: 'abc', Band: '4' },
    });
    expect(metricOfScore('credit-line', scoring(null)).dimensions['Band']).toBe('NONE');
  });

  test('of any other kind says nothing', () => {
    for (const kind of ['application', 'bureau-report', 'score', 'notice', 'review'])
      expect(metricsOfSealed(kind, { product: 'p', outcome: 'APPROVE', ssn: '900-01-0000' })).toEqual([]);
  });
});

describe('Bands of scores', () => {
  test('are ten, an edge belonging to the band below it', () => {
    expect([300, 563, 564, 642, 643, 850].map(scoreBand)).toEqual([0, 0, 1, 8, 9, 9]);
  });

  test('have every score once: shares add up to one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 300, max: 850 }), { minLength: 1 }), (scores) => {
        const shares = bandShares(scores);
        expect(shares).toHaveLength(SCORE_BAND_EDGES.length + 1);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      }),
    );
  });
});
