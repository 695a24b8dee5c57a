/** Writes the files to publish into release/: the package without a runtime in it, and the runtime of each platform. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { PLATFORMS } from './manifest.ts';
import { npm } from './npm.ts';
import { packRuntime } from './runtimes.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RELEASE = join(ROOT, 'release');

rmSync(RELEASE, { recursive: true, force: true });
mkdirSync(RELEASE);
for (const platform of PLATFORMS) console.log(packRuntime(platform, RELEASE));
// pack.ts reads it.
process.env['UNDERWRIGHT_PACK'] = 'registry';
console.log(join(RELEASE, npm(ROOT, 'pack', '--silent', '--pack-destination', RELEASE).trim().split('\n').at(-1)!));
