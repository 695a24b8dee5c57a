import { beforeAll, describe, expect, test } from '@jest/globals';

import type { Scorer } from '../../../adapters/ports.ts';
import { COMPILED_POLICIES, newestPolicy } from '../../../app/governance/policies.ts';
import { syntheticItems } from '../../../cli/policy/synthetic.ts';
import { releasedModel } from '../../../cli/released-model.ts';
import { PRODUCT_NAMES, TERMS } from '../../../domain/application/products.ts';
import type { Application } from '../../../domain/application/submission.ts';
import { buildFeatures, featureRow } from '../../../domain/features/build.ts';
import { applyFull } from '../../../domain/policy/apply.ts';
import type { Offer } from '../../../domain/policy/result.ts';
import { productOf } from '../../../domain/products/index.ts';
import { interpretCall, modelCall, rowsOf } from '../../../domain/products/model-call.ts';
import type { PolicyInForce } from '../../../domain/products/product.ts';
import { rangesAt } from '../../../domain/scoring/candidates.ts';
import { asOwnApplication, decided, scoredItem, type ScoredFile } from '../../support/own-scores.ts';
import { loansOf, policyInput, reportOf, scoringOf } from '../../support/policy-inputs.ts';
import { scaled } from '../../support/scale.ts';
import { applicationOf, autoApplicationOf, lineApplicationOf } from '../../support/submissions.ts';

let scorer: Scorer;
beforeAll(async () => {
  scorer = await releasedModel('personal-loan');
});

const amountOf = (offer: Offer): number => (offer.kind === 'LOAN' ? offer.amountCents : offer.limitCents);
const files = (product: (typeof PRODUCT_NAMES)[number], count: number): Promise<ScoredFile[]> =>
  Promise.all([...syntheticItems(product, count, 11)].map((item) => scoredItem(scorer, item)));

describe.each(PRODUCT_NAMES)('the candidates of a %s', (product) => {
  test('have the features and the score that each has as an application of its own', async () => {
    for (const file of await files(product, product === 'auto-loan' ? 1 : 3)) {
      const { application, report, scoring } = file;
      const { manifest } = scorer;
      const width = manifest.features.length;
      const call = modelCall({ manifest, steps: null }, application, report.attributes!).rows!;
      const rows = rowsOf(scorer, call);
      const features = productOf(application).features(application);
      let at = call.explanation.length / width;
      for (const { termMonths } of scoring.result!.candidates!.terms) {
        const ranges = rangesAt(scoring.result!.candidates!, termMonths, features.requestedAmountCents).toReversed();
        for (const { fromCents, toCents, pdMicros } of ranges) {
          for (const cents of amountsOf(product, fromCents, toCents)) {
            const own = { ...features, termMonths, requestedAmountCents: cents };
            const row = featureRow(buildFeatures(own, report.attributes!), manifest.features);
            expect([...rows.subarray(at * width, (at + 1) * width)]).toEqual([...row]);
            at += 1;
          }
          const terms = { amountCents: toCents, limitCents: toCents, termMonths };
          const asked = { ...terms, kind: product === 'credit-line' ? 'LINE' : 'LOAN' } as unknown as Offer;
          expect((await asOwnApplication(scorer, file, asked)).scoring.result?.pdMicros).toBe(pdMicros);
        }
      }
      expect(rows).toHaveLength(at * width);
    }
  });

  test('have the same scores whether each has a row of its own or shares it between the steps of the model', async () => {
    const values = { shared: 0, alone: 0 };
    for (const { application, report, scoring } of await files(product, scaled(400, 4))) {
      const alone = { manifest: scorer.manifest, steps: null };
      const call = modelCall(alone, application, report.attributes!).rows!;
      const margins = await scorer.margins(rowsOf(alone, call), 0);
      expect(interpretCall(alone, { application, attributes: report.attributes! }, margins)).toEqual(scoring.result);
      const shared = modelCall(scorer, application, report.attributes!).rows!;
      values.shared += shared.candidates.values.length;
      values.alone += call.candidates.values.length;
    }
    expect(values.shared).toBeLessThan(values.alone / 2);
  });

  test('fit the policies: each amount that a policy can offer is scored', () => {
    for (const policy of COMPILED_POLICIES[product]) {
      const { derived } = policy.module.evaluate(
        'full',
        productOf({ product }).fullInputs(policyInput({ application: APPLICATIONS[product] }), policy.module.model),
      );
      const { stepCents, requestCents } = TERMS[product];
      expect((derived['amount_step'] as number) % stepCents).toBe(0);
      expect(requestCents[0] % stepCents).toBe(0);
      expect(derived['smallest_amount']).toBeGreaterThanOrEqual(requestCents[0]);
    }
  });

  test('are at most 5,000 rows of one call', () => {
    const { requestCents, stepCents, termsMonths } = TERMS[product];
    const amounts = Math.ceil((requestCents[1] - requestCents[0]) / stepCents) + 1;
    expect(amounts * Math.max(1, termsMonths.length)).toBeLessThanOrEqual(5_000);
  });

  test('are offered at the price that they have as an application of their own', async () => {
    let offers = 0;
    for (const file of await files(product, scaled(2_000, product === 'auto-loan' ? 20 : 60))) {
      const result = decided(file);
      if (result.outcome !== 'APPROVE' && result.outcome !== 'COUNTEROFFER') continue;
      for (const offer of result.offers) {
        offers += 1;
        const own = decided(await asOwnApplication(scorer, file, offer));
        const { boundBy: _, offerId: __, ...terms } = offer;
        expect(own).toMatchObject({ outcome: 'APPROVE', offers: [terms] });
      }
    }
    expect(offers).toBeGreaterThan(10);
  });

  test('come to the largest amount that would be approved as an application of its own', async () => {
    let reduced = 0;
    for (const file of await files(product, scaled(500, product === 'auto-loan' ? 14 : 25))) {
      const { outcome, offers } = decided(file);
      if (outcome !== 'COUNTEROFFER') continue;
      const requested = productOf(file.application).features(file.application).requestedAmountCents;
      for (const offer of offers) {
        const { stepCents } = TERMS[product];
        for (let cents = amountOf(offer) + stepCents; cents < requested; cents += stepCents * 23) {
          reduced += 1;
          const larger = offer.kind === 'LOAN' ? { ...offer, amountCents: cents } : { ...offer, limitCents: cents };
          expect(decided(await asOwnApplication(scorer, file, larger)).outcome).not.toBe('APPROVE');
        }
      }
    }
    expect(reduced).toBeGreaterThan(4);
  });

  test('are never fewer for a larger income: no offer at a term is smaller', async () => {
    for (const item of syntheticItems(product, scaled(1_000, 20), 13)) {
      const more = structuredClone(item);
      more.application.income!.annualGrossCents = Math.round(item.application.income!.annualGrossCents * 1.2);
      const [before, after] = await Promise.all(
        [item, more].map(async (each) => decided(await scoredItem(scorer, each))),
      );
      if (before!.outcome !== 'COUNTEROFFER' && before!.outcome !== 'APPROVE') continue;
      if (after!.outcome === 'REFER' || after!.outcome === 'APPROVE') continue;
      for (const offer of before!.offers) {
        const same = after!.offers.find(
          (each) => each.kind === 'LINE' || (offer.kind === 'LOAN' && each.termMonths === offer.termMonths),
        );
        expect(same && amountOf(same)).toBeGreaterThanOrEqual(amountOf(offer));
      }
    }
  });
});

/** The candidates of a range: the multiples of the step, and the request. */
function amountsOf(product: (typeof PRODUCT_NAMES)[number], fromCents: number, toCents: number): number[] {
  const { stepCents } = TERMS[product];
  const amounts = [fromCents];
  for (let cents = stepCents * (Math.floor(fromCents / stepCents) + 1); cents < toCents; cents += stepCents)
    amounts.push(cents);
  return toCents > fromCents ? [...amounts, toCents] : amounts;
}

const APPLICATIONS: Record<(typeof PRODUCT_NAMES)[number], Application> = {
  'personal-loan': applicationOf(),
  'auto-loan': autoApplicationOf(),
  'credit-line': lineApplicationOf(),
};

describe('a candidate without a score', () => {
  /** Debts that leave less than the request at every term. */
  const report = reportOf({ monthlyObligationsCents: 210_000 });
  const request = { ...applicationOf().request, amountCents: 2_000_000 };
  const application = applicationOf({ request });
  const { result, ...scoring } = scoringOf(10_000);
  const { candidates: _, ...requestAlone } = result!;

  test('has no offer, and without any other the application goes to a person', () => {
    const smaller = applyFull(policyInput({ application, report }));
    expect(smaller).toMatchObject({ outcome: 'COUNTEROFFER', reasons: ['AA09'] });
    const unscored = applyFull(policyInput({ application, report, scoring: { ...scoring, result: requestAlone } }));
    expect(unscored).toMatchObject({ outcome: 'REFER', offers: [], reasons: [] });
    expect(unscored.constraints.map(({ boundBy }) => boundBy)).toEqual(['UNKNOWN', 'UNKNOWN']);
  });

  test('keeps no request from its approval', () => {
    const approved = applyFull(policyInput({ scoring: { ...scoring, result: requestAlone } }));
    expect(approved).toMatchObject({ outcome: 'APPROVE', offers: [{ boundBy: 'REQUESTED' }] });
  });

  test.each(PRODUCT_NAMES)('of a %s goes to a person where the model gave no number for it', (product) => {
    const file = { application: APPLICATIONS[product] };
    const known = applyFull(policyInput(file));
    const runs = [{ fromCents: 50_000, pdMicros: null }];
    const terms = [36, 48, 60, 72, 84].map((termMonths) => ({ termMonths, runs }));
    const blank = { ...scoring, result: { ...result!, candidates: { stepCents: 5_000, terms } } };
    const unknown = applyFull(policyInput({ ...file, scoring: blank }));
    expect(known.outcome).not.toBe('REFER');
    expect(unknown).toMatchObject({ outcome: 'REFER', offers: [] });
  });

  test('is one of a policy whose step the model did not score: it leads to a review, never to a guessed price', () => {
    const stepping = (step: number): PolicyInForce => {
      const { module, digest } = newestPolicy('personal-loan');
      const evaluate: typeof module.evaluate = (stage, inputs) => {
        const evaluated = module.evaluate(stage, inputs);
        return { ...evaluated, derived: { ...evaluated.derived, amount_step: step } };
      };
      return { digest, module: { ...module, evaluate } };
    };
    const at = (step: number) => applyFull(policyInput({ application, report, policy: stepping(step) }));
    expect(at(10_000)).toMatchObject({ outcome: 'COUNTEROFFER' });
    expect(at(7_500)).toMatchObject({ outcome: 'REFER', offers: [] });
  });
});

describe('a candidate that the policy refuses by its own score', () => {
  const { result, ...scoring } = scoringOf(66_000);
  /** The score of the request, and another at each amount of the longer term. */
  const longer = (pdMicros: number) => {
    const terms = [
      { termMonths: 36, runs: [{ fromCents: 50_000, pdMicros: 66_000 }] },
      {
        termMonths: 60,
        runs: [
          { fromCents: 50_000, pdMicros: 66_500 },
          { fromCents: 600_000, pdMicros },
        ],
      },
    ];
    return { ...scoring, result: { ...result!, candidates: { stepCents: 5_000, terms } } };
  };
  const request = { ...applicationOf().request, amountCents: 1_500_000, termMonths: 36 as const };
  const application = applicationOf({ request });
  const offered = (pdMicros: number) =>
    loansOf(applyFull(policyInput({ application, scoring: longer(pdMicros) }))).map(
      ({ amountCents, termMonths, boundBy }) => [termMonths, amountCents, boundBy],
    );

  test.each([
    ['refers', 68_000],
    ['declines', 90_000],
  ])('because it %s it has no automatic offer, and the largest below it has', (_, pdMicros) => {
    expect(offered(66_900)).toEqual([
      [36, 1_000_000, 'TIER_MAXIMUM'],
      [60, 1_000_000, 'TIER_MAXIMUM'],
    ]);
    expect(offered(pdMicros)).toEqual([
      [36, 1_000_000, 'TIER_MAXIMUM'],
      [60, 590_000, 'RULE'],
    ]);
  });
});
