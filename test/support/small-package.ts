import { openSession } from '../../adapters/onnx/session.ts';
import type { PackageFiles } from '../../adapters/ports.ts';
import { releasedModel } from '../../cli/released-model.ts';
import type { ProductName } from '../../domain/application/products.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import type { ModelPackage } from '../../domain/scoring/model-package.ts';
import { treesModel, type SmallTree } from './onnx-file.ts';

/** Features of the package, each with its value in the reference row and a stump: [below, lower, upper] in log-odds. */
const STUMPS = {
  'annual_income@1': { reference: 60_000, stump: [45_000, 0.4, 0] },
  'delinquencies_2y@1': { reference: 1, stump: [1, 0, 0.6] },
  'inquiries_6m@1': { reference: 1, stump: [2, 0, 0.7] },
  'revolving_utilisation@1': { reference: 10, stump: [20, 0, 1.1] },
} as const;
type SmallFeature = keyof typeof STUMPS;
const NAMES = Object.keys(STUMPS) as SmallFeature[];
/** Log-odds of an applicant whom no stump raises: a PD of 2.93 %. */
const BASE = -3.5;

/**
 * The files of an additive package with four features of the champion, which reads neither the loan nor finance inquiries.
 * It has the champion's cut-offs and bands.
 * @param product the one that it is allowed for, in both modes.
 * @param id @default the product's own
 */
export async function smallPackage(product: ProductName, id = `${product}-default`): Promise<PackageFiles> {
  const { manifest: champion } = await releasedModel('personal-loan');
  const trees = NAMES.map((name, column): SmallTree => {
    const [below, lower, upper] = STUMPS[name].stump;
    const base = column === 0 ? BASE : 0;
    return { column, below, lower: { leaf: lower + base }, upper: { leaf: upper + base } };
  });
  const model = treesModel(NAMES.length, trees);
  const row = NAMES.map((name) => STUMPS[name].reference);
  const applicants = 25;
  const header = NAMES.map((name) => name.split('@')[0]).join(',');
  const reference = Buffer.from(`${header}\n${`${row.join(',')}\n`.repeat(applicants)}`);
  const features = NAMES.map((name) => champion.features.find(({ feature }) => feature === name)!);
  const manifest: ModelPackage = {
    ...champion,
    id,
    version: '1.0.0',
    description: 'Four stumps of a test: they predict nothing.',
    files: { 'model.onnx': sha256(model), 'reference.csv': sha256(reference) },
    features,
    reference: {
      ...champion.reference,
      bandFromPd: 0.05,
      rows: [row],
      applicants,
      groupMeans: Object.fromEntries(features.map(({ group }) => [group, 0])),
    },
    allowed: [
      {
        product,
        uses: ['decide', 'price', 'limit'],
        modes: ['sandbox', 'production'],
        because: 'A package of a test.',
      },
    ],
    verification: await verificationOf(model, row),
  };
  return { manifest: Buffer.from(JSON.stringify(manifest)), model, reference };
}

/** The reference row, and rows on the other side of each stump, with what the runtime makes of them. */
async function verificationOf(model: Uint8Array, reference: readonly number[]): Promise<ModelPackage['verification']> {
  const rows = [reference, [30_000, 0, 1, 10], [60_000, 2, 5, 10], [30_000, 2, 5, 90]].map((row) => [...row]);
  const session = await openSession(model, reference.length);
  const { margins, pds } = await session.outputs(Float32Array.from(rows.flat()), 0);
  return { tolerance: 1e-6, rows, margins: [...margins], pds: [...pds] };
}
