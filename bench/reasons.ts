/** Every decline by the score among the training rows: are its reasons what moved the score, and do they suffice? */
import { measureStatedReasons } from '../training/stated-reasons.ts';
import { percentile, rounded, type Measurement } from './support.ts';

export const packages = ['onnxruntime-node'];

export default async function statedReasons(): Promise<Measurement> {
  const declines = await measureStatedReasons(() => true);
  const share = (of: readonly boolean[]): number => rounded(of.filter(Boolean).length / of.length);
  const times = declines.map(({ microseconds }) => microseconds);
  const uncleared = declines.filter(({ cleared }) => !cleared);
  return {
    figures: {
      declines: declines.length,
      p50_us: rounded(percentile(times, 0.5)),
      p99_us: rounded(percentile(times, 0.99)),
      stated_reason_is_moved_feature: share(declines.map(({ moved }) => moved)),
      cleared_by_stated_features: share(declines.map(({ cleared }) => cleared)),
      not_cleared_by_four_reasons: uncleared.length,
      smallest_share_of_distance_to_cutoff: rounded(Math.min(...uncleared.map((each) => each.shareOfDistance))),
      smallest_share_of_deficit: rounded(Math.min(...uncleared.map((each) => each.shareOfDeficit))),
      mean_reasons: rounded(declines.reduce((sum, { reasons }) => sum + reasons.length, 0) / declines.length),
    },
    peers: {},
  };
}
