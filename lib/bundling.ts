/** How a function becomes one file: the same for the stacks, the tests and the benchmark. */
import { createHash } from 'node:crypto';
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { buildSync, type Metafile } from 'esbuild';

import { buildCoreSync } from '../core/build.ts';
import { namesWithPort, type DeployedName } from '../lambdas/functions.ts';
import { stageNamed, wordsOf, type Stage } from '../stages/stage.ts';

export type BundleArchitecture = 'arm64' | 'x64';

const ROOT = join(import.meta.dirname, '..');

/** Functions that call the model. */
export const SCORING_FUNCTIONS: readonly DeployedName[] = namesWithPort('models');

/** The model packages of the release: a scoring function's MODELS_FOLDER is this folder beside its bundle. */
export const MODELS_FOLDER = 'models';

/** Functions whose results a replay makes again: they archive the core that they decide with. */
export const DECIDING_FUNCTIONS: readonly DeployedName[] = namesWithPort('decisionCore');

/** What is archived as the core that decides: a deciding function's DECISION_CORE is this file beside its bundle. */
export const DECISION_CORE_FILE = 'decision-core.mjs';

/** The sample applications and how each must stand: SubmitSamples' SAMPLES_FOLDER is this folder beside its bundle. */
export const SAMPLES_FOLDER = 'examples';

/** Functions that decide for a lender. */
export const LENDING_FUNCTIONS: readonly DeployedName[] = namesWithPort('lending');

/** The words of the lender's consent texts: a lending function's CONSENT_TEXTS is this file beside its bundle. */
export const CONSENT_TEXTS_FILE = 'consent-texts.json';
/** The fonts of PDFs: DrawNotice finds them where its bundle would find the installed package. */
const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((font) => `node_modules/dejavu-fonts-ttf/ttf/${font}`);

/** `ScoreApplication` → `score-application`. */
export function folderOf(name: DeployedName): string {
  return name.replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/**
 * Bundles a function into `folder/index.mjs`, whose export `handler` is the function. Those of `SCORING_FUNCTIONS`
 * also get ONNX Runtime for Linux on the architecture, and nothing for other systems, and the model package; those of
 * `DECIDING_FUNCTIONS` get the decision core, that of SubmitSamples the sample applications. Those of `LENDING_FUNCTIONS` get
 * the words of the consent texts.
 *
 * Needs neither Docker nor a network. @returns esbuild's account of what went in.
 * @param stage whose consent texts the function has. @default the sandbox
 */
export function bundleFunction(
  name: DeployedName,
  folder: string,
  architecture: BundleArchitecture,
  stage: Stage = stageNamed('sandbox'),
): Metafile {
  requireCompiledPolicies();
  const metafile = bundleModule(`lambdas/${folderOf(name)}.ts`, join(folder, 'index.mjs'), architecture);
  if (SCORING_FUNCTIONS.includes(name)) {
    const runtime = `node_modules/onnxruntime-node/bin/napi-v6/linux/${architecture}/libonnxruntime.so.1`;
    cpSync(join(ROOT, runtime), join(folder, 'libonnxruntime.so.1'));
    // Not their cards and provenance: no function reads them.
    const filter = (path: string): boolean => !/\.md$|provenance\.json$/.test(path);
    cpSync(join(ROOT, MODELS_FOLDER), join(folder, MODELS_FOLDER), { recursive: true, filter });
  }
  if (DECIDING_FUNCTIONS.includes(name)) writeFileSync(join(folder, DECISION_CORE_FILE), buildCoreSync());
  if (LENDING_FUNCTIONS.includes(name)) {
    writeFileSync(join(folder, CONSENT_TEXTS_FILE), JSON.stringify(wordsOf(stage)));
  }
  if (name === 'DrawNotice') for (const font of FONTS) cpSync(join(ROOT, font), join(folder, font));
  if (name === 'SubmitSamples') cpSync(join(ROOT, SAMPLES_FOLDER), join(folder, SAMPLES_FOLDER), { recursive: true });
  return metafile;
}

class CompiledPolicyDamaged extends Error {
  override readonly name = 'CompiledPolicyDamaged';
}

/** No function is bundled with a policy that is not what was compiled. */
function requireCompiledPolicies(): void {
  for (const digests of globSync('policies/*/*/digest.json', { cwd: ROOT })) {
    const { module } = JSON.parse(readFileSync(join(ROOT, digests), 'utf8')) as { module: string };
    const file = join(dirname(digests), 'policy.js');
    if (
      createHash('sha256')
        .update(readFileSync(join(ROOT, file)))
        .digest('hex') !== module
    ) {
      throw new CompiledPolicyDamaged(
        `${file} is not what was compiled: compile the policies again with "npm run policies".`,
      );
    }
  }
}

/** Bundles one module of this project, by its path in it, into a file that runs on Lambda. */
export function bundleModule(entry: string, outfile: string, architecture: BundleArchitecture): Metafile {
  return buildSync({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // ES modules first: of those esbuild leaves out what is not used.
    mainFields: ['module', 'main'],
    // The runtime picks its native binding by these: folded, one binding of five is left.
    define: {
      'process.env.UNDERWRIGHT_ADAPTERS': '"aws"',
      'process.platform': '"linux"',
      'process.arch': JSON.stringify(architecture),
    },
    loader: { '.node': 'copy' },
    assetNames: '[name]',
    // Names stay, for stack traces that can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // CommonJS packages call require, which an ES module does not have.
    banner: {
      js: "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.url);",
    },
    logLevel: 'warning',
    metafile: true,
  }).metafile;
}
