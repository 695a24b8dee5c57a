import { bandShares, SCORE_BAND_EDGES } from '../domain/monitoring/score-bands.ts';
import { scaledScore, toMicros } from '../domain/scoring/score.ts';

/** score-bands.json of a model package: how the training data fall into the bands, which drift is measured against. */
export function scoreBands(margins: Float32Array) {
  const shares = bandShares([...margins].map((margin) => scaledScore(toMicros(margin))));
  return {
    applicants: margins.length,
    edges: SCORE_BAND_EDGES,
    shares: shares.map((share) => Number(share.toFixed(6))),
  };
}
