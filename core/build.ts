/**
 * The decision core: features, policies, prices, reasons and the decision record, with the libraries that they are made of,
 * as one ES module that imports hashes of Node and nothing else. It is built from the sources, the same sources giving the
 * same bytes wherever they lie, and archived under its SHA-256 by whatever decides with it: see `DecisionCore`.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { build, buildSync, type BuildOptions } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** The module's bytes. @param root of the sources. @default this project */
export async function buildCore(root: string = ROOT): Promise<Uint8Array> {
  const { outputFiles } = await build({ ...optionsFor(root), write: false });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

/** As `buildCore`, for what cannot wait. */
export function buildCoreSync(root: string = ROOT): Uint8Array {
  const { outputFiles } = buildSync({ ...optionsFor(root), write: false });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

function optionsFor(root: string): BuildOptions {
  return {
    absWorkingDir: root,
    stdin: { contents: entryOf(root), resolveDir: root, sourcefile: 'decision-core.js' },
    bundle: true,
    format: 'esm',
    target: 'es2024',
    // Knows no module of Node, so that one other than hashes stops the build.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:crypto'],
    // Names stay, for who reads it in seven years; comments go, because they have paths in them.
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
  };
}

/** Every version of every policy that the release has: an application may have met an older one than is in force. */
function entryOf(root: string): string {
  const files = globSync('policies/*/*/policy.js', { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
  const policies = files.map((file, index) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex');
    return { digest, name: `policy${index}`, from: JSON.stringify(`./${file}`) };
  });
  return [
    `import { replay as replayWith } from './domain/decision/replay.ts';`,
    ...policies.map(({ name, from }) => `import * as ${name} from ${from};`),
    `const policies = new Map([${policies.map(({ digest, name }) => `['${digest}', ${name}]`).join(', ')}]`,
    `  .map(([digest, module]) => [digest, { digest, module }]));`,
    `const policy = (digest) => policies.get(digest);`,
    `export const contract = 1;`,
    `export const replay = (decisions, model) => replayWith(decisions, { model, policy });`,
  ].join('\n');
}
