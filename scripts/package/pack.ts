/**
 * The steps around `npm pack`. `prepare` builds dist/ and puts the manifest of the package in the place of
 * the clone's. `restore` puts the clone's manifest back.
 *
 * The package has the native runtime of this machine's platform in it, so that it installs without a registry. With
 * UNDERWRIGHT_PACK=registry (release.ts) it leaves the runtime to the packages of the platforms.
 */
import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundleProgram } from './bundle.ts';
import { PLATFORMS, publishedManifest, readManifest, runtimeName } from './manifest.ts';
import { writeRuntime } from './runtimes.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MANIFEST = join(ROOT, 'package.json');
/** The clone's manifest while npm packs. */
const KEPT = join(ROOT, 'node_modules', '.underwright-package.json');

const folderOf = (name: string): string => join(ROOT, 'node_modules', name);

/** Undoes `prepare`, also one whose npm was killed. */
function restore(): void {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
  for (const platform of PLATFORMS) rmSync(folderOf(runtimeName(platform)), { recursive: true, force: true });
}

async function prepare(): Promise<void> {
  restore();
  await bundleProgram(join(ROOT, 'dist'));
  const here = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
  const packed = process.env['UNDERWRIGHT_PACK'] === 'registry' ? undefined : here;
  if (packed) writeRuntime(packed, folderOf(runtimeName(packed)));
  copyFileSync(MANIFEST, KEPT);
  writeFileSync(MANIFEST, `${JSON.stringify(publishedManifest(readManifest(KEPT), packed), null, 2)}\n`);
}

if (process.argv[2] === 'prepare') await prepare();
else restore();
