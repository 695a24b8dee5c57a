import type { FeatureFault, FeatureVector } from '../features/build.ts';
import type { ScoreBandShares } from '../monitoring/score-bands.ts';
import type { ModelPackage } from './model-package.ts';
import type { ScoreResult } from './score.ts';

/** What `ScoreApplication` seals: what the model saw, what it said, and which model it was. */
export interface Scoring {
  readonly schemaVersion: 1;
  readonly model: {
    readonly id: string;
    readonly version: string;
    readonly packageDigest: string;
    readonly runtime: string;
  };
  /** The features that the model has, and no others. */
  readonly features: FeatureVector;
  /** Features that may not reach the model; with any, there is no result and a person looks at the application. */
  readonly faults: readonly FeatureFault[];
  /** Added to the margin, in 1e-6 log-odds: the macroeconomic shift in force. */
  readonly shiftMicros: number;
  readonly result: ScoreResult | null;
  /** The scores of the model's training data, as its package states them. Absent where the package does not. */
  readonly bandShares?: ScoreBandShares;
  /** The package's named cut-offs and bands of the probability. Absent in scores of earlier releases. */
  readonly cutoffs?: ModelPackage['cutoffs'];
  readonly bands?: ModelPackage['bands'];
  /** SHA-256 of the archived decision core that made it. Absent where no deployed core did, as in a re-scoring. */
  readonly core?: string;
}

/** What a score states of its model. */
export function statedOf(model: {
  readonly manifest: ModelPackage;
  readonly packageDigest: string;
  readonly runtime: string;
}): Required<Pick<Scoring, 'model' | 'cutoffs' | 'bands'>> {
  const { packageDigest, runtime } = model;
  const { id, version, cutoffs, bands } = model.manifest;
  return { model: { id, version, packageDigest, runtime }, cutoffs, bands };
}
