import * as z from 'zod';

/**
 * Scores by band, so that a change in who applies, or in what the model makes of them, can be seen without anybody's score.
 * The edges are the deciles of the first model's training data, rounded to whole scores; they stay when a model is
 * replaced, and each model package states in its manifest how its own training data fall into them.
 */
export const SCORE_BAND_EDGES = [563, 578, 589, 599, 606, 614, 622, 631, 642] as const;

/** How the training data of a model fall into the bands: `scoreBands` of a model package. */
export const scoreBandShares = z.strictObject({
  applicants: z.int().positive(),
  edges: z.array(z.int()).refine((edges) => edges.join() === SCORE_BAND_EDGES.join(), 'not the edges of the bands'),
  /** From the lowest band, rounded to six decimals. */
  shares: z.array(z.number().min(0).max(1)).length(SCORE_BAND_EDGES.length + 1),
});
export type ScoreBandShares = z.infer<typeof scoreBandShares>;

/** 0 for the lowest scores to 9: how many edges are below the score. */
export function scoreBand(score: number): number {
  return SCORE_BAND_EDGES.filter((edge) => edge < score).length;
}

/** The share of each band, from the lowest. @param scores at least one. */
export function bandShares(scores: readonly number[]): number[] {
  const counts = Array.from({ length: SCORE_BAND_EDGES.length + 1 }, () => 0);
  for (const score of scores) {
    const band = scoreBand(score);
    counts[band] = (counts[band] ?? 0) + 1;
  }
  return counts.map((count) => count / scores.length);
}
