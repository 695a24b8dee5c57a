import { describe, expect, test } from '@jest/globals';
import { modelInputs } from '@underwright/policy-compiler/module';

import { COMPILED_POLICIES, newestPolicy } from '../../../app/governance/policies.ts';
import type { Application } from '../../../domain/application/submission.ts';
import { applyFull } from '../../../domain/policy/apply.ts';
import { scoreInputs } from '../../../domain/products/common-inputs.ts';
import { policyRateAt } from '../../../domain/products/policy-rate.ts';
import type { Scoring } from '../../../domain/scoring/scoring.ts';
import { CUTOFF_PD, policyInput, REFERRAL_PD, scoringOf, type FullInput } from '../../support/policy-inputs.ts';
import { applicationOf, autoApplicationOf, lineApplicationOf } from '../../support/submissions.ts';

const APPLICATIONS = [applicationOf(), autoApplicationOf(), lineApplicationOf()].map(
  (application): [string, Application] => [application.product, application],
);

const filed = (application: Application, pdMicros: number, changes: Partial<Scoring> = {}): FullInput =>
  policyInput({ application, scoring: { ...scoringOf(pdMicros), ...changes } });

/** Every way in which a score can lack what the policies name. */
const LACKING: [string, Partial<Scoring>][] = [
  ['both cut-offs', { cutoffs: {} }],
  ['the cut-off of declines', { cutoffs: { referral: REFERRAL_PD } }],
  ['the cut-off of referrals', { cutoffs: { decline: CUTOFF_PD } }],
  ['the band', { bands: {} }],
  ['every name', { cutoffs: {}, bands: {} }],
];

describe.each(APPLICATIONS)('the newest policy of %s', (product, application) => {
  const { module } = newestPolicy(application.product);

  test('decides by the cut-offs that the score states', () => {
    const outcomeAt = (pd: number, cutoffs: Record<string, number>) =>
      applyFull(filed(application, pd, { cutoffs })).outcome;
    const cutoffs = { decline: 30_000, referral: 20_000 };
    expect([19_999, 20_000, 29_999, 30_000].map((pd) => outcomeAt(pd, cutoffs) === 'REFER')).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(outcomeAt(30_000, cutoffs)).toBe('DECLINE');
  });

  test.each(LACKING)('sends a file to a person where the score lacks %s', (_, lacking) => {
    for (const pd of [0, 25_000, REFERRAL_PD, CUTOFF_PD - 1]) {
      expect(applyFull(filed(application, pd, lacking))).toMatchObject({ outcome: 'REFER', invalidInputs: [] });
    }
  });

  test('declines by no cut-off that the score lacks', () => {
    for (const cutoffs of [{}, { referral: REFERRAL_PD }] as Record<string, number>[]) {
      expect(applyFull(filed(application, 1_000_000, { cutoffs })).outcome).toBe('REFER');
    }
  });

  test('sends a file to a person where a band has another name', () => {
    const bands = { risk: { cuts: [20_000], names: ['LOW', 'HIGH'] } };
    expect(applyFull(filed(application, 10_000, { bands }))).toMatchObject({
      outcome: 'REFER',
      invalidInputs: [{ name: 'risk', fault: 'NOT_IN_ENUMERATION' }],
    });
  });

  test('records the band of the model beside its own values', () => {
    expect(applyFull(filed(application, 45_000)).bands).toEqual({ risk: 'D' });
  });

  test('has the outcome of the version before it, at every cut and beside it', () => {
    const [before, newest] = COMPILED_POLICIES[application.product].slice(-2);
    for (const cut of [20_000, 30_000, 40_000, 50_000, 60_000, REFERRAL_PD, CUTOFF_PD]) {
      for (const pd of [cut - 1, cut, cut + 1]) {
        const by = (policy = newest!) => {
          const { policy: _, ...result } = applyFull({ ...filed(application, pd), policy });
          return result;
        };
        expect(by()).toEqual(by(before));
      }
    }
  });

  test('has no rate for a reviewer’s terms where the score lacks a name', () => {
    const amountCents = application.product === 'credit-line' ? 50_000 : 1_000_000;
    const terms = { amountCents, termMonths: application.product === 'credit-line' ? null : 36 };
    expect(policyRateAt(filed(application, 25_000), module, terms)).toEqual(expect.any(Number));
    for (const [, lacking] of LACKING) {
      expect(policyRateAt(filed(application, 25_000, lacking), module, terms)).toBeNull();
    }
  });

  test(`receives only the inputs that ${product} names`, () => {
    const file = filed(application, 25_000);
    for (const policy of COMPILED_POLICIES[application.product]) {
      const inputs = file.product.fullInputs(file, policy.module.model);
      expect(policy.module.evaluate('full', inputs).invalidInputs).toEqual([]);
      const made = Object.keys(inputs).filter((name) => name === 'risk' || name.startsWith('cutoff_'));
      expect(new Set(made)).toEqual(new Set(modelInputs(policy.module.model)));
    }
  });
});

describe('the band of a candidate', () => {
  test('is that of its own probability: a smaller loan with a lower one has the rate of its own band', () => {
    const scoring = scoringOf(25_000);
    const runs = [
      { fromCents: 50_000, pdMicros: 15_000 },
      { fromCents: 1_000_000, pdMicros: 25_000 },
    ];
    const terms = [36, 60].map((termMonths) => ({ termMonths, runs }));
    const result = { ...scoring.result!, candidates: { stepCents: 10_000, terms } };
    const application = applicationOf();
    const { termMonths } = application.request;
    const file = policyInput({ application, scoring: { ...scoring, result } });
    const { module } = newestPolicy('personal-loan');
    const rateAt = (amountCents: number) => policyRateAt(file, module, { amountCents, termMonths });
    const [a, b] = termMonths === 36 ? [899, 1199] : [999, 1299];
    expect([rateAt(900_000), rateAt(1_000_000)]).toEqual([a, b]);
  });

  test.each([
    [0, 'A'],
    [19_999, 'A'],
    [20_000, 'B'],
    [59_999, 'E'],
    [60_000, 'F'],
    [1_000_000, 'F'],
    [null, null],
  ])('of %s is %s: a probability on a cut is in the higher band', (pdMicros, risk) => {
    const { model } = newestPolicy('personal-loan').module;
    expect(scoreInputs(scoringOf(10_000), pdMicros, model)).toEqual({
      pd: pdMicros,
      cutoff_decline: CUTOFF_PD,
      cutoff_referral: REFERRAL_PD,
      risk,
    });
  });
});
