import type { FeatureFault, FeatureVector } from '../features/build.ts';
import type { ScoreBandShares } from '../monitoring/score-bands.ts';
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
  readonly features: FeatureVector;
  /** Features that may not reach the model; with any, there is no result and a person looks at the application. */
  readonly faults: readonly FeatureFault[];
  /** Added to the margin, in 1e-6 log-odds: the macroeconomic shift in force. */
  readonly shiftMicros: number;
  readonly result: ScoreResult | null;
  /** The scores of the model's training data, as its package states them. Absent where the package does not. */
  readonly bandShares?: ScoreBandShares;
  /** SHA-256 of the archived decision core that made it. Absent where no deployed core did, as in a re-scoring. */
  readonly core?: string;
}
