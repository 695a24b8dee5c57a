import type { Steps } from '../../domain/scoring/candidates.ts';
import { ensembleOf, nextAbove } from './ensemble.ts';
import { floatsOf, integersOf } from './protobuf.ts';

/**
 * The values at which a model of decision trees may change its answer, by column, rising. Between two of them the model takes
 * the same branches, so its margin is the same to the last bit.
 * @param model bytes of an ONNX file.
 * @returns null for a model with other operators, or whose trees are not stored as plain floats.
 */
export function stepsOf(model: Uint8Array, columns: number): Steps | null {
  const attributes = ensembleOf(model);
  if (attributes === null) return null;
  const features = integersOf(attributes.get('nodes_featureids') ?? []);
  const thresholds = floatsOf(attributes.get('nodes_values') ?? []);
  if (features.length === 0 || features.length !== thresholds.length) return null;
  const steps = Array.from({ length: columns }, () => new Set<number>());
  for (const [node, feature] of features.entries()) {
    const threshold = thresholds[node] ?? 0;
    // Whether a branch takes its threshold itself is the branch's own: both sides of it are steps.
    steps[feature]?.add(threshold).add(nextAbove(threshold));
  }
  return steps.map((values) => [...values].sort((a, b) => a - b));
}
