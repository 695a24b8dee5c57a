/** Sizes of the bundles as Lambda gets them, and what a cold start of the scoring function costs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bundleFunction, bundleModule, folderOf, MODEL_FOLDER, type BundleArchitecture } from '../lib/bundling.ts';
import { zippedBytes } from '../lib/zipped-size.ts';
import { CONTRACTS, UPKEEP_CONTRACTS, type DeployedName } from '../lambdas/contracts.ts';
import { percentile, rounded, type Measurement } from './support.ts';

const PROCESSES = 9;

/** The settings without which no store is made; nothing is called. */
const SETTINGS = {
  AWS_REGION: 'us-east-1',
  LEDGER_TABLE: 'ledger',
  VAULT_TABLE: 'vault',
  DATA_KEY_ID: 'data',
  INDEX_KEY_ID: 'index',
  EVIDENCE_BUCKET: 'evidence',
  MODEL_FOLDER,
  ORT_DISABLE_TELEMETRY: '1',
};

/** In ms: the import of the handler, and the opening of the model, which loads the runtime and checks the package. */
const PROBE = `
const start = performance.now();
await import('./index.mjs');
const imported = performance.now();
const { loadScorer } = await import('./scorer.mjs');
const before = performance.now();
await loadScorer('${MODEL_FOLDER}');
console.log(JSON.stringify([imported - start, performance.now() - before]));
`;

/**
 * Kilobytes (1,024 bytes) of every function's zip archive for arm64, and medians over fresh processes of importing the
 * scoring handler and of opening its model, from a folder that has nothing but the bundle, on this machine's architecture.
 * The files are in the system's cache: a first start in Lambda also reads them.
 */
export default function bundles(): Promise<Measurement> {
  const root = mkdtempSync(join(tmpdir(), 'underwright-bundles-'));
  try {
    const figures: Record<string, number> = {};
    for (const name of Object.keys({ ...CONTRACTS, ...UPKEEP_CONTRACTS }) as DeployedName[]) {
      bundleFunction(name, join(root, name), 'arm64');
      figures[`${folderOf(name).replaceAll('-', '_')}_zip_kb`] = rounded(zippedBytes(join(root, name)) / 1024);
    }
    const here: BundleArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';
    const folder = join(root, 'here');
    bundleFunction('ScoreApplication', folder, here);
    bundleModule('adapters/onnx/scorer.ts', join(folder, 'scorer.mjs'), here);
    writeFileSync(join(folder, 'probe.mjs'), PROBE);
    const samples = Array.from({ length: PROCESSES }, () => {
      const printed = execFileSync(process.execPath, ['probe.mjs'], { cwd: folder, env: SETTINGS, encoding: 'utf8' });
      return JSON.parse(printed) as [number, number];
    });
    const median = (of: 0 | 1): number =>
      rounded(
        percentile(
          samples.map((sample) => sample[of]),
          0.5,
        ),
      );
    return Promise.resolve({
      figures: { ...figures, score_cold_import_ms: median(0), score_session_create_ms: median(1) },
      peers: {},
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
