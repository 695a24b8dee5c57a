import { parseDocument } from 'yaml';
import * as z from 'zod';

import { namesOf } from '../../domain/features/catalogue.ts';
import { digest } from '../../domain/ledger/digest.ts';
import { modelPackage } from '../../domain/scoring/model-package.ts';

/** The files of a source folder, from which a model package is made. */
export interface SourceFiles {
  /** Text of model.yaml. */
  readonly declarations: string;
  readonly model: Uint8Array<ArrayBuffer>;
  /** Text of table.csv: the training data. */
  readonly table: string;
  /** Text of metrics.json: what the trainer measured out of fold. */
  readonly metrics: string;
  /** Text of provenance.json: versions of the trainer and its libraries, outside the digest. @default none stated */
  readonly provenance?: string;
}

/** The source of a model package has faults: each is named with its field and its fix. */
export class ModelSourceInvalid extends Error {
  override readonly name = 'ModelSourceInvalid';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

const { shape } = modelPackage;
/** A probability in parts per million, or a percentile of the probabilities of the table, such as `p80`. */
const bound = z.union([z.int().min(0).max(1_000_000), z.string().regex(/^p[1-9]\d?$/)]);

/** model.yaml: what the author of a model declares. */
export const modelDeclarations = z.strictObject({
  id: shape.id,
  version: shape.version,
  description: shape.description,
  kind: shape.kind,
  purpose: shape.purpose,
  target: shape.target,
  features: shape.features.max(64),
  /** Percentiles of the probability between which the reference applicants of reasons lie. */
  reference: z
    .strictObject({
      fromPercentile: z.int().min(1).max(98),
      toPercentile: z.int().min(2).max(99),
      /** How many of them an ensemble of trees is compared with. */
      frozenRows: z.int().min(5).max(100).default(25),
    })
    .refine(
      ({ fromPercentile, toPercentile }) => fromPercentile < toPercentile,
      'fromPercentile is not below toPercentile',
    ),
  cutoffs: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/), bound),
  bands: z.record(
    z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
    z
      .strictObject({ cuts: z.array(bound).min(1), names: z.array(z.string()) })
      .refine(({ cuts, names }) => names.length === cuts.length + 1, 'needs one name more than cuts'),
  ),
  allowed: shape.allowed,
  training: shape.training.omit({ rows: true, events: true }).extend({
    /** SHA-256 of the data set. @default that of table.csv */
    sha256: digest.optional(),
  }),
  /** Uses and applicants for which the author rules the model out. */
  notFor: z.array(z.string().min(10)).default([]),
  /** What the card states about the limits of the model. */
  limits: z.array(z.string().min(10)).min(1),
  /** Reasons why a suspected leak is none, by the name of the suspect. */
  suspectsExplained: z.record(z.string(), z.string().min(20)).default({}),
});
export type ModelDeclarations = z.infer<typeof modelDeclarations>;

/** What to do about a fault of a member of model.yaml. */
const FIXES: Readonly<Record<string, string>> = {
  id: 'Use lower-case letters, digits and hyphens, such as personal-loan-default.',
  version: 'Write three numbers in quotes, such as "1.0.0".',
  description: 'Describe the model in one sentence.',
  kind: 'Write additive, linear or tree-ensemble.',
  purpose: 'Write default.',
  target: 'Describe the event that the model predicts.',
  features: 'List the columns of model.onnx in their order: run "model init" in an empty folder for an example.',
  reference: 'Give the percentiles between which the reference applicants lie, such as 70 and 80.',
  cutoffs: 'Write parts per million (71188 is 7.12 %), or a percentile of the table such as p80.',
  bands: 'Write rising cuts and one name more than cuts.',
  allowed: 'Give a product, its uses, its modes and a reason of ten characters or more.',
  training: 'Describe the data set, the excluded columns, the algorithm, its parameters and the seed.',
  notFor: 'Describe each use in ten characters or more.',
  limits: 'State at least one limit of the model.',
  suspectsExplained: 'Give each suspect a reason of 20 characters or more.',
};

/**
 * Reads model.yaml.
 * @throws ModelSourceInvalid with every fault.
 */
export function readDeclarations(text: string): ModelDeclarations {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) {
    const { line = 1, col = 1 } = broken.linePos?.[0] ?? {};
    const [fault] = broken.message.split('\n');
    throw new ModelSourceInvalid([`model.yaml, line ${line}, column ${col}: ${fault} Correct the YAML.`]);
  }
  const parsed = modelDeclarations.safeParse(document.toJS());
  if (!parsed.success) throw new ModelSourceInvalid(parsed.error.issues.flatMap(faultsOf));
  const faults = repeatedFeatures(parsed.data);
  if (faults.length > 0) throw new ModelSourceInvalid(faults);
  return parsed.data;
}

function faultsOf(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `model.yaml, ${[...path, key].join('.')}: is no member. Remove it, or correct its name.`,
    );
  }
  const fix = FIXES[path[0] ?? ''] ?? 'Run "model init" in an empty folder for an example.';
  return [`model.yaml, ${path.join('.') || 'document'}: ${issue.message}. ${fix}`];
}

function repeatedFeatures({ features }: ModelDeclarations): string[] {
  const names = namesOf(features);
  return features.flatMap(({ feature }, at) =>
    names.indexOf(names[at]!) === at
      ? []
      : [`model.yaml, features.${at}.feature: ${feature} is there twice. A model has each feature once.`],
  );
}

const provenanceFile = z.strictObject({ versions: z.record(z.string(), z.string()) });

/** Reads metrics.json. @throws ModelSourceInvalid with every fault. */
export function readMetrics(text: string): z.infer<typeof shape.metrics> {
  return readJsonFile('metrics.json', text, shape.metrics, 'Write protocol, auc, ks, brier and calibrationSlope.');
}

/** Reads provenance.json. @throws ModelSourceInvalid with every fault. */
export function readProvenance(text: string): z.infer<typeof provenanceFile> {
  return readJsonFile('provenance.json', text, provenanceFile, 'Write {"versions": {"python": "3.12.1"}}.');
}

function readJsonFile<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
  fix: string,
): z.infer<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ModelSourceInvalid([`${file}: is not JSON (${(cause as Error).message}). ${fix}`]);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ModelSourceInvalid(
    parsed.error.issues.map(({ path, message }) => `${file}, ${path.join('.') || 'document'}: ${message}. ${fix}`),
  );
}
