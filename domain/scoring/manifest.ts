import * as z from 'zod';

import { digest } from '../ledger/digest.ts';

const measured = z.strictObject({ value: z.number(), standardError: z.number().nonnegative() });

/** models/<id>/manifest.json: what a model package says of itself. Checked whole before the model is used. */
export const modelManifest = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string(),
  /** `additive-monotone`: the margin is a base plus one function of each feature, so contributions are exact. */
  kind: z.literal('additive-monotone'),
  /** What the probability is of. */
  target: z.string(),
  file: z.strictObject({
    name: z.literal('model.onnx'),
    sha256: digest,
    /** `features` float32 [n, columns] and `shift` float32 [1] in; `margin` (log-odds) and `pd` float32 [n, 1] out. */
    inputs: z.tuple([z.literal('features'), z.literal('shift')]),
    outputs: z.tuple([z.literal('margin'), z.literal('pd')]),
  }),
  /** The columns, in order: must equal domain/features/catalogue.ts. */
  features: z.array(
    z.strictObject({
      name: z.string(),
      unit: z.string(),
      minimum: z.number(),
      maximum: z.number(),
      monotone: z.union([z.literal(1), z.literal(-1)]),
      group: z.string(),
    }),
  ),
  /**
   * What reasons are measured against: applicants of the training data whose PD is at or slightly better than the cut-off
   * (Regulation B, comment 9(b)(2)-5(i)).
   */
  reference: z.strictObject({
    description: z.string(),
    /** A fixed row of features; a group's contribution is margin(baseline with the group's own values) - margin(baseline). */
    baseline: z.array(z.number()),
    cutoffPd: z.number().gt(0).lt(1),
    /** Lower end of the band of PD below the cut-off from which the reference applicants come. */
    bandFromPd: z.number().gt(0).lt(1),
    applicants: z.int().positive(),
    /** Mean contribution of each reason group over the reference applicants, log-odds. */
    groupMeans: z.record(z.string(), z.number()),
    /** SHA-256 of the reference applicants' feature rows as CSV, in training order. */
    sha256: digest,
  }),
  training: z.strictObject({
    dataset: z.string(),
    sha256: digest,
    rows: z.int().positive(),
    events: z.int().positive(),
    excludedColumns: z.array(z.strictObject({ name: z.string(), why: z.string() })),
    algorithm: z.string(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    seed: z.int(),
    versions: z.record(z.string(), z.string()),
  }),
  /** Measured out of fold: see the card for how. */
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

export type ModelManifest = z.infer<typeof modelManifest>;

/** SHA-256 of the model that a manifest is of, whatever else an older or newer manifest says. */
export function modelDigest(manifest: Uint8Array): string {
  const { file } = modelManifest
    .pick({ file: true })
    .loose()
    .parse(JSON.parse(new TextDecoder().decode(manifest)));
  return file.sha256;
}
