import { MODEL_PURPOSES, MODEL_USES } from '@underwright/policy-compiler/module';
import * as z from 'zod';

import { PRODUCT_NAMES } from '../application/products.ts';
import { digest } from '../ledger/digest.ts';
import { LENDING_MODES } from '../lender.ts';
import { scoreBandShares } from '../monitoring/score-bands.ts';

/**
 * How a model is built, which selects how a score is explained. `additive` and `linear`: the margin is a base plus one
 * function of each feature, so the contribution of a group is exact. `tree-ensemble`: trees over several features, explained
 * by group substitution over the frozen reference rows.
 */
export const MODEL_KINDS = ['additive', 'linear', 'tree-ensemble'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What a model predicts. One model of each purpose is in force for a product. */
export { MODEL_PURPOSES, type ModelPurpose } from '@underwright/policy-compiler/module';

const measured = z.strictObject({ value: z.number(), standardError: z.number().nonnegative() });
const probability = z.number().gt(0).lt(1);
/** Probability in parts per million. */
const micros = z.int().min(0).max(1_000_000);
const name = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);

const modelFeature = z.strictObject({
  /** `name@version` of the feature catalog: the version fixes how the value is computed. */
  feature: z.string().regex(/^[a-z][a-z0-9_]{0,63}@[1-9]\d{0,3}$/),
  /** Inclusive range in which this model believes a value. An application outside it goes to a person. */
  minimum: z.number(),
  maximum: z.number(),
  /** Values that mean "missing" in the source of the value. An application with one goes to a person. */
  missingCodes: z.array(z.number()),
  /** 1: a larger value never lowers the predicted risk. -1: a larger value never raises it. */
  monotone: z.union([z.literal(1), z.literal(-1)]),
  /** The fact that a reason names. */
  group: z.string(),
});

/** A `tree-ensemble` scores two rows for each reference row and group: 100 rows and 20 groups make 4,000 rows. */
const MAX_REFERENCE_ROWS = 100;

const reference = z.strictObject({
  description: z.string(),
  /**
   * Frozen rows of features. `additive` and `linear` have one: the contribution of a group is
   * margin(the row with the applicant's values of the group) - margin(the row). A `tree-ensemble` has several, and the
   * contribution of a group is a mean over them.
   */
  rows: z.array(z.array(z.number())).min(1).max(MAX_REFERENCE_ROWS),
  /** Probability at or above which the applicants of the training data are declined. */
  cutoffPd: probability,
  /** Lower end of the band below the cut-off from which the reference applicants come. */
  bandFromPd: probability,
  applicants: z.int().positive(),
  /**
   * Mean contribution of each group over the reference applicants, in log-odds. Empty for a `tree-ensemble`, whose
   * contributions are relative to the rows already.
   */
  groupMeans: z.record(z.string(), z.number()),
});

/** How often the four largest contributions are those of exact interventional SHAP values of the groups. */
const agreement = z.strictObject({ rows: z.int().positive(), topFour: z.number().min(0).max(1) });

const permission = z.strictObject({
  product: z.enum(PRODUCT_NAMES),
  uses: z.array(z.enum(MODEL_USES)).min(1),
  modes: z.array(z.enum(LENDING_MODES)).min(1),
  /** Why the use is sound, or what limits it. */
  because: z.string().min(10),
});

const suspect = z.strictObject({
  /** Kind and columns, such as `ranks-alone:loan_amount`. */
  suspect: z.string(),
  /** The figures, in a sentence. */
  finding: z.string(),
  /** Why it is no leak; null where the author gave no reason. */
  because: z.string().nullable(),
});

/** Rising cut points of the probability, and one name more: a probability equal to a cut is in the higher band. */
const bands = z
  .strictObject({ cuts: z.array(micros).min(1), names: z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/)) })
  .refine(({ cuts, names }) => names.length === cuts.length + 1, 'needs one name more than cuts')
  .refine(({ cuts }) => cuts.every((cut, at) => at === 0 || cut > (cuts[at - 1] ?? 0)), 'needs rising cuts');

/**
 * manifest.json of a model package, version 2. Its SHA-256 is the digest of the package and covers, through `files`, the
 * model and the reference applicants. The versions of the trainer and of Python are in provenance.json, outside the digest.
 */
export const modelPackage = z.strictObject({
  schemaVersion: z.literal(2),
  id: name,
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string().min(10),
  kind: z.enum(MODEL_KINDS),
  purpose: z.enum(MODEL_PURPOSES),
  /** The event of which the model gives the probability. */
  target: z.string().min(10),
  /**
   * SHA-256 of each file. `model.onnx`: `features` float32 [n, columns] and `shift` float32 [1] in; `margin` (log-odds) and
   * `pd` float32 [n, 1] out. `reference.csv`: a header of feature names, then a row for each reference applicant.
   */
  files: z.strictObject({ 'model.onnx': digest, 'reference.csv': digest }),
  /** The columns of the model, in order. */
  features: z.array(modelFeature).min(1),
  reference,
  /** Null for a kind whose contributions are exact. */
  agreement: agreement.nullable(),
  /** Named cut-offs of the probability, in parts per million, to which policies refer. */
  cutoffs: z.record(name, micros),
  /** Named bands of the probability, to which policies refer. */
  bands: z.record(name, bands),
  /** The products and uses for which the model may be used. Every other use is refused. */
  allowed: z.array(permission).min(1),
  /** How the training data fall into the bands of scores. Null where that was not measured. */
  scoreBands: scoreBandShares.nullable(),
  /**
   * Signs that the model knows at training what it will not know at a decision, as the training data show them. A package
   * whose suspect has no reason is refused. Absent where there is no sign.
   */
  suspects: z.array(suspect).optional(),
  training: z.strictObject({
    dataset: z.string(),
    sha256: digest,
    rows: z.int().positive(),
    events: z.int().positive(),
    excludedColumns: z.array(z.strictObject({ name: z.string(), why: z.string() })),
    algorithm: z.string(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    seed: z.int(),
  }),
  /** Measured out of fold; the card describes how. */
  metrics: z.strictObject({
    protocol: z.string(),
    auc: measured,
    ks: measured,
    brier: measured,
    calibrationSlope: measured,
  }),
  /** Rows whose outputs the runtime must reproduce within the tolerance before the model is used. */
  verification: z.strictObject({
    tolerance: z.number().positive(),
    rows: z.array(z.array(z.number())).min(3),
    margins: z.array(z.number()),
    pds: z.array(z.number()),
  }),
});
export type ModelPackage = z.infer<typeof modelPackage>;
