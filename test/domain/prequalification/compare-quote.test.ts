import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { EN } from '../../../documents/notices/en.ts';
import { application } from '../../../domain/application/submission.ts';
import { creditAttributes } from '../../../domain/bureau/report.ts';
import type { Offer } from '../../../domain/policy/result.ts';
import { compareQuote, type Quoting } from '../../../domain/prequalification/compare-quote.ts';
import { quotingOf } from '../../support/quotes.ts';
import { scaled } from '../../support/scale.ts';
import { applicationOf, lineApplicationOf } from '../../support/submissions.ts';

const QUOTING = quotingOf();
const [OFFER] = QUOTING.continued.quote.offers as [Offer];
const DECIDED = {
  outcome: 'APPROVE',
  decidedBy: 'POLICY',
  decidedOn: '2026-01-31',
  offers: [OFFER],
  policy: QUOTING.continued.policy,
  model: QUOTING.continued.model,
};
const WORSE = { ...OFFER, apr: '35.99' };

const compared = (decided: Partial<typeof DECIDED> = {}, quoting: Quoting = QUOTING, stated = applicationOf()) =>
  compareQuote(quoting, stated, { ...DECIDED, ...decided });

describe('A quote beside its decision', () => {
  test('is kept where the amount and the term are offered at the quoted rates or lower ones', () => {
    expect(compared()).toMatchObject({ outcome: 'KEPT', because: [] });
    expect(compared({ offers: [{ ...OFFER, apr: '1.00' }] })).toMatchObject({ outcome: 'KEPT', because: [] });
  });

  test.each([
    ['a higher APR', { offers: [WORSE] }, 'CHANGED'],
    ['a higher rate', { offers: [{ ...OFFER, annualRateBasisPoints: 3599 }] }, 'CHANGED'],
    ['another amount', { offers: [{ ...OFFER, amountCents: 100 } as Offer] }, 'CHANGED'],
    ['no offer', { outcome: 'DECLINE', offers: [] }, 'WITHDRAWN'],
  ])('with %s is not kept, and has a reason where no fact differs', (_, decided, outcome) => {
    expect(compared(decided)).toMatchObject({ outcome, because: [{ fact: 'CHECKS' }] });
  });

  test.each(['INCOMPLETE', 'WITHDRAWN'])('is not compared with the outcome %s', (outcome) => {
    expect(compared({ outcome, offers: [] })).toBeUndefined();
  });

  test('names what the applicant requested and stated otherwise', () => {
    const stated = applicationOf({
      income: { annualGrossCents: 5_000_000 },
      request: { amountCents: 1_000_000, termMonths: 60, purpose: 'DEBT_CONSOLIDATION' },
    });
    const because = [
      { fact: 'REQUEST', name: 'termMonths' },
      { fact: 'STATED', name: 'income' },
    ];
    expect(compared({ offers: [WORSE] }, QUOTING, stated)?.because).toEqual(because);
    const line = compareQuote(QUOTING, lineApplicationOf(), { ...DECIDED, offers: [] });
    expect(line?.because).toContainEqual({ fact: 'STATED', name: 'deposits' });
  });

  test.each([
    [{ policy: { ...DECIDED.policy, digest: 'b'.repeat(64) } }, 'POLICY'],
    [{ model: { packageDigest: 'b'.repeat(64) } as typeof DECIDED.model }, 'MODEL'],
    [{ decidedOn: '2026-03-03' }, 'EXPIRED'],
    [{ decidedBy: 'r.vega' }, 'REVIEW'],
  ])('names what differs in %j', (decided, fact) => {
    expect(compared({ ...decided, offers: [] })?.because).toEqual([{ fact }]);
    expect(compared(decided)?.because).toEqual([]);
  });

  test('names exactly the attributes of the report that differ, and the status', () => {
    const names = Object.keys(creditAttributes.shape);
    fc.assert(
      fc.property(fc.subarray(names), fc.boolean(), (changed, thin) => {
        const { report } = QUOTING;
        if (!report?.attributes) throw new Error('The report has attributes.');
        const attributes = { ...report.attributes, ...Object.fromEntries(changed.map((name) => [name, 77])) };
        const quoting = { ...QUOTING, report: { ...report, attributes, ...(thin && { status: 'THIN' as const }) } };
        const expected = [...(thin ? ['status'] : []), ...changed];
        const found = compared({ offers: [WORSE] }, quoting)?.because.map(({ name }) => name);
        expect(new Set(found)).toEqual(new Set(expected.length > 0 ? expected : [undefined]));
      }),
      { numRuns: scaled(1000, 20) },
    );
  });

  test('has words for every fact that it can name', () => {
    const requested = application.options.flatMap(({ shape }) => Object.keys(shape.request.shape));
    const names = [...requested, 'income', 'employment', 'housing', 'deposits', 'status'];
    const terms = Object.keys(EN.terms);
    expect([...names, ...Object.keys(creditAttributes.shape)].filter((name) => !terms.includes(name))).toEqual([]);
  });
});
