/** Sizes of the bundles as Lambda gets them, and what a cold start of the scoring function costs. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FUNCTIONS, type DeployedName } from '../lambdas/functions.ts';
import { bundleFunction, bundleModule, folderOf, MODELS_FOLDER, type BundleArchitecture } from '../lib/bundling.ts';
import { lendingSetting } from '../lib/underwriting-function.ts';
import { stageNamed } from '../stages/stage.ts';
import { zippedBytes } from '../test/support/zipped-size.ts';
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
  WORK_TABLE: 'work',
  EVENT_BUS: 'events',
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:underwriting',
  SEAL_KEY_ID: 'seals',
  EXPORT_KEY_ID: 'exports',
  BUREAU_URL: 'https://bureau.example',
  BATCH_BUCKET: 'batch',
  DEAD_LETTERS_URL: 'https://sqs.example/letters',
  REDRIVABLE_FUNCTIONS: 'intake',
  SAMPLES_FOLDER: 'examples',
  LENDING: lendingSetting(stageNamed('sandbox')),
  OIDC_ISSUER: 'https://issuer.example',
  OIDC_AUDIENCES: 'underwright',
  OIDC_JWKS_URI: 'https://issuer.example/keys',
  ...Object.fromEntries(
    ['INTAKE_APPLICATION', 'ACCEPT_OFFER', 'COMPLETE_TASK', 'SET_SWITCH', 'REOPEN_APPLICATION'].map((name) => [
      `${name}_ARN`,
      'arn:aws:lambda:us-east-1:000000000000:function:called',
    ]),
  ),
  MODELS_FOLDER,
  ORT_DISABLE_TELEMETRY: '1',
};

/** In ms: the import of a handler. */
const IMPORT = `
const start = performance.now();
await import('./index.mjs');
console.log(performance.now() - start);
`;

/** In ms: the import of the handler, and the opening of the model, which loads the runtime and checks the package. */
const PROBE = `
const start = performance.now();
await import('./index.mjs');
const imported = performance.now();
const { packagedModels } = await import('./models.mjs');
const before = performance.now();
const models = packagedModels('${MODELS_FOLDER}');
const released = await models.released();
await models.open(released.at(-1).digest);
console.log(JSON.stringify([imported - start, performance.now() - before]));
`;

/**
 * Kilobytes (1,024 bytes) of every function's zip archive for arm64, and medians over fresh processes of importing each
 * handler and of opening the model, from a folder that has nothing but the bundle, on this machine's architecture.
 * The files are in the system's cache: a first start in Lambda also reads them.
 */
export default function bundles(): Promise<Measurement> {
  const root = mkdtempSync(join(tmpdir(), 'underwright-bundles-'));
  try {
    const figures: Record<string, number> = {};
    for (const name of Object.keys(FUNCTIONS) as DeployedName[]) {
      const folder = join(root, name);
      bundleFunction(name, folder, 'arm64');
      const called = folderOf(name).replaceAll('-', '_');
      figures[`${called}_zip_kb`] = rounded(zippedBytes(folder) / 1024);
      // The binding of those that score is of another architecture.
      if (existsSync(join(folder, 'libonnxruntime.so.1'))) continue;
      writeFileSync(join(folder, 'import.mjs'), IMPORT);
      const imports = Array.from({ length: PROCESSES }, () =>
        Number(execFileSync(process.execPath, ['import.mjs'], { cwd: folder, env: SETTINGS, encoding: 'utf8' })),
      );
      figures[`${called}_cold_import_ms`] = rounded(percentile(imports, 0.5));
    }
    const here: BundleArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';
    const folder = join(root, 'here');
    bundleFunction('ScoreApplication', folder, here);
    bundleModule('adapters/onnx/models.ts', join(folder, 'models.mjs'), here);
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
