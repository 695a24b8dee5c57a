/**
 * The decision core: features, policies, prices, reasons and the decision record, with the libraries that they are made of,
 * as one script that imports nothing. Its value is a function from `CoreHost` to `DecisionCore`. The same sources give the
 * same bytes in any folder. Every step that decides archives the core under its SHA-256.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { build, buildSync, type BuildOptions } from 'esbuild';

import { coreHeader } from '../domain/decision/core-contract.ts';

const ROOT = join(import.meta.dirname, '..');

/** The script's bytes. @param root of the sources. @default this project */
export async function buildCore(root: string = ROOT): Promise<Uint8Array> {
  const { outputFiles } = await build({ ...optionsFor(root), write: false });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

/** Builds as `buildCore` does, for callers that cannot wait. */
export function buildCoreSync(root: string = ROOT): Uint8Array {
  const { outputFiles } = buildSync({ ...optionsFor(root), write: false });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

function optionsFor(root: string): BuildOptions {
  return {
    absWorkingDir: root,
    stdin: { contents: entryOf(root), resolveDir: root, sourcefile: 'decision-core.js' },
    bundle: true,
    format: 'iife',
    globalName: 'core',
    // The header is read before any code of an archived core runs: see `contractOf`.
    banner: { js: `${coreHeader()}\n((host) => {\n'use strict';` },
    footer: { js: 'return core.default;\n})' },
    target: 'es2024',
    // Knows no module of Node, so that any but the aliased one stops the build.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    alias: { 'node:crypto': join(root, 'core', 'platform.ts') },
    inject: [join(root, 'core', 'platform.ts')],
    // Names stay for readers in seven years. Comments go, because they have paths in them.
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
    `import { decisionCore } from './domain/decision/core.ts';`,
    ...policies.map(({ name, from }) => `import * as ${name} from ${from};`),
    `const policies = new Map([${policies.map(({ digest, name }) => `['${digest}', ${name}]`).join(', ')}]`,
    `  .map(([digest, module]) => [digest, { digest, module }]));`,
    `export default decisionCore((digest) => policies.get(digest));`,
  ].join('\n');
}
