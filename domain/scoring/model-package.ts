import { MODEL_PURPOSES, MODEL_USES } from '@underwright/policy-compiler/module';
import * as z from 'zod';

import { PRODUCT_NAMES } from '../application/products.ts';
import { digest } from '../ledger/digest.ts';
import { LENDING_MODES } from '../lender.ts';
import { scoreBandShares } from '../monitoring/score-bands.ts';

/** The largest margin of a model in log-odds: beyond 50, a probability is 0 or 1 in double precision. */
export const MAX_MARGIN = 50;

/**
 * How a model is built, which selects how a score is explained. `additive` and `linear`: the margin is a base plus one
 * function of each feature, so the contribution of a group is exact. `tree-ensemble`: trees over several features, explained
 * by group substitution over the frozen reference rows.
 */
const MODEL_KINDS = ['additive', 'linear', 'tree-ensemble'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What a model predicts. One model of each purpose is in force for a product. */
export { MODEL_PURPOSES, type ModelPurpose } from '@underwright/policy-compiler/module';

const measuredAs = (value: z.ZodNumber) => z.strictObject({ value, standardError: z.number().positive() });
/** A metric from 0 to 1. */
const measuredShare = measuredAs(z.number().min(0).max(1));
const probability = z.number().gt(0).lt(1);
/** Probability in parts per million. */
const micros = z.int().min(0).max(1_000_000);
const name = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);

const modelFeature = z.strictObject({
  feature: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}@[1-9]\d{0,3}$/)
    .describe('`name@version` of the feature catalog: the version fixes how the value is computed.'),
  minimum: z
    .number()
    .describe('Inclusive range in which this model believes a value. An application outside it goes to a person.'),
  maximum: z.number(),
  missingCodes: z
    .array(z.number())
    .describe('Values that mean "missing" in the source of the value. An application with one goes to a person.'),
  monotone: z
    .union([z.literal(1), z.literal(-1)])
    .describe('1: a larger value never lowers the predicted risk. -1: a larger value never raises it.'),
  group: z.string().describe('The fact that a reason names.'),
});

/** A `tree-ensemble` scores two rows for each reference row and group: 100 rows and 20 groups make 4,000 rows. */
const MAX_REFERENCE_ROWS = 100;

const reference = z.strictObject({
  description: z.string(),
  rows: z
    .array(z.array(z.number()))
    .min(1)
    .max(MAX_REFERENCE_ROWS)
    .describe(
      'Frozen rows of features. `additive` and `linear` have one: the contribution of a group is margin(the row with the ' +
        "applicant's values of the group) - margin(the row). A `tree-ensemble` has several, and the contribution of a " +
        'group is a mean over them.',
    ),
  cutoffPd: probability.describe('Probability at or above which the applicants of the training data are declined.'),
  bandFromPd: probability.describe('Lower end of the band below the cut-off from which the reference applicants come.'),
  applicants: z.int().positive(),
  groupMeans: z
    .record(z.string(), z.number())
    .describe(
      'Mean contribution of each group over the reference applicants, in log-odds. Empty for a `tree-ensemble`, whose ' +
        'contributions are relative to the rows already.',
    ),
});

/** How often the four largest contributions are those of exact interventional SHAP values of the groups. */
const agreement = z.strictObject({ rows: z.int().positive(), topFour: z.number().min(0).max(1) });

const permission = z.strictObject({
  product: z.enum(PRODUCT_NAMES),
  uses: z.array(z.enum(MODEL_USES)).min(1),
  modes: z.array(z.enum(LENDING_MODES)).min(1),
  because: z.string().min(10).describe('Why the use is sound, or what limits it.'),
});

const suspect = z.strictObject({
  suspect: z.string().describe('Kind and columns, such as `ranks-alone:loan_amount`.'),
  finding: z.string().describe('The figures, in a sentence.'),
  because: z.string().nullable().describe('Why it is no leak; null where the author gave no reason.'),
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
  target: z.string().min(10).describe('The event of which the model gives the probability.'),
  files: z
    .strictObject({ 'model.onnx': digest, 'reference.csv': digest })
    .describe(
      'SHA-256 of each file. `model.onnx`: `features` float32 [n, columns] and `shift` float32 [1] in; `margin` (log-odds) ' +
        'and `pd` float32 [n, 1] out. `reference.csv`: a header of feature names, then a row for each reference applicant.',
    ),
  features: z.array(modelFeature).min(1).describe('The columns of the model, in order.'),
  reference,
  agreement: agreement.nullable().describe('Null for a kind whose contributions are exact.'),
  cutoffs: z
    .record(name, micros)
    .describe('Named cut-offs of the probability, in parts per million, to which policies refer.'),
  bands: z.record(name, bands).describe('Named bands of the probability, to which policies refer.'),
  allowed: z
    .array(permission)
    .min(1)
    .describe('The products and uses for which the model may be used. Every other use is refused.'),
  scoreBands: scoreBandShares
    .nullable()
    .describe('How the training data fall into the bands of scores. Null where that was not measured.'),
  suspects: z
    .array(suspect)
    .optional()
    .describe(
      'Signs that the model knows at training what it will not know at a decision, as the training data show them. A ' +
        'package whose suspect has no reason is refused. Absent where there is no sign.',
    ),
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
    auc: measuredShare,
    ks: measuredShare,
    brier: measuredShare,
    calibrationSlope: measuredAs(z.number()),
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

/** The JSON Schema of manifest.json: docs/schemas/model-package-2.json. */
export function modelPackageJsonSchema(): object {
  return {
    title: 'Underwright model package, version 2: manifest.json',
    ...z.toJSONSchema(modelPackage, { io: 'input' }),
  };
}
