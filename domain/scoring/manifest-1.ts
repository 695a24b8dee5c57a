import { PRODUCT_NAMES } from '../application/products.ts';
import type { ModelPackage } from './model-package.ts';

/** The columns of a version 1 package: always the whole catalog of its release. */
interface Feature1 {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly monotone: 1 | -1;
  readonly group: string;
}

type Measured = 'training' | 'metrics' | 'verification';

/** manifest.json of a version 1 package, as far as a replay reads it. Only archives of earlier decisions have one. */
interface Manifest1 extends Pick<ModelPackage, 'id' | 'version' | 'description' | 'target' | Measured> {
  readonly schemaVersion: 1;
  readonly file: { readonly sha256: string };
  readonly features: readonly Feature1[];
  readonly reference: Omit<ModelPackage['reference'], 'rows'> & {
    readonly baseline: number[];
    readonly sha256: string;
  };
}

/** manifest.json of a package of any version. A decision core receives it as it was archived. */
export type ArchivedManifest = Manifest1 | ModelPackage;

/** Reads a manifest of any version as version 2, which then permits every product and use. Validates nothing. */
export function packageOf(manifest: ArchivedManifest): ModelPackage {
  if (manifest.schemaVersion === 2) return manifest;
  const { file, features, reference, ...same } = manifest;
  const { baseline, sha256, ...measured } = reference;
  return {
    ...same,
    schemaVersion: 2,
    kind: 'additive',
    purpose: 'default',
    files: { 'model.onnx': file.sha256, 'reference.csv': sha256 },
    features: features.map(({ name, minimum, maximum, monotone, group }) => ({
      feature: `${name}@1`,
      minimum,
      maximum,
      missingCodes: [],
      monotone,
      group,
    })),
    reference: { ...measured, rows: [baseline] },
    agreement: null,
    cutoffs: {},
    bands: {},
    allowed: PRODUCT_NAMES.map((product) => ({
      product,
      uses: ['decide', 'price', 'limit'],
      modes: ['sandbox', 'production'],
      because: 'Version 1 of the manifest limited no use.',
    })),
    scoreBands: null,
  };
}
