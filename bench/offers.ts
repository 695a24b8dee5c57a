import { newestPolicy } from '../app/governance/policies.ts';
import { syntheticItems } from '../cli/policy/synthetic.ts';
/**
 * Every offer to invented applicants over the bureau's sample rows, scored again as an application for exactly what is
 * offered: how many lie in another band than their own score's.
 */
import { releasedModel } from '../cli/released-model.ts';
import { PRODUCT_NAMES } from '../domain/application/products.ts';
import type { Offer } from '../domain/policy/result.ts';
import {
  asOwnApplication,
  decided,
  scoredItem,
  withRequestsScore,
  type ScoredFile,
} from '../test/support/own-scores.ts';
import { microseconds, rounded, type Measurement } from './support.ts';

const APPLICANTS = 2_000;
const SEED = 20_261_201;

const scorer = await releasedModel('personal-loan');

export const packages = ['onnxruntime-node'];

/** Whether an offer's rate is not the policy's for the score that the offer has as an application of its own. */
async function isOutside(file: ScoredFile, offer: Offer): Promise<boolean> {
  const own = decided(await asOwnApplication(scorer, file, offer));
  return (
    own.tables['annual_rate'] !== offer.annualRateBasisPoints &&
    own.derived['annual_rate'] !== offer.annualRateBasisPoints
  );
}

export default async function offers(): Promise<Measurement> {
  const figures: Record<string, number> = {};
  const total = { offers: 0, outside: 0 };
  for (const product of PRODUCT_NAMES) {
    let [made, outside, earlier, before] = [0, 0, 0, 0];
    let scoreUs = 0;
    for (const item of syntheticItems(product, APPLICANTS, SEED)) {
      let file: ScoredFile | undefined;
      scoreUs += await microseconds(async () => {
        file = await scoredItem(scorer, item);
      });
      if (!file) continue;
      for (const offer of decided(file, newestPolicy(product)).offers) {
        made += 1;
        if (await isOutside(file, offer)) outside += 1;
      }
      for (const offer of decided(withRequestsScore(file)).offers) {
        earlier += 1;
        if (await isOutside(file, offer)) before += 1;
      }
    }
    total.offers += made;
    total.outside += outside;
    const name = product.replace('-', '_');
    figures[`${name}_offers`] = made;
    figures[`${name}_offers_outside_their_own_band`] = outside;
    figures[`${name}_offers_with_the_score_of_the_request`] = earlier;
    figures[`${name}_of_these_outside`] = before;
    figures[`${name}_us_to_score_with_candidates`] = rounded(scoreUs / APPLICANTS);
  }
  console.log(`offers outside their own band: ${total.outside} of ${total.offers}`);
  return { figures, peers: {} };
}
