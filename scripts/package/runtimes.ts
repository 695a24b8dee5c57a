/** Makes packages of the native runtime, one for each platform. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runtimeManifest, type Platform } from './manifest.ts';
import { npm } from './npm.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TEXTS = join(import.meta.dirname, 'onnxruntime');

/** Writes the package of a platform's runtime into a new folder: the locked ONNX Runtime for processors, and its license. */
export function writeRuntime(platform: Platform, folder: string): void {
  const { os, cpu, library } = platform;
  const binaries = join(ROOT, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6', os, cpu);
  mkdirSync(folder, { recursive: true });
  for (const file of ['onnxruntime_binding.node', library]) copyFileSync(join(binaries, file), join(folder, file));
  for (const file of ['LICENSE', 'README.md']) copyFileSync(join(TEXTS, file), join(folder, file));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(runtimeManifest(platform), null, 2)}\n`);
}

/** @param destination the folder of the tarball. @returns the tarball's path. */
export function packRuntime(platform: Platform, destination: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-runtime-'));
  try {
    writeRuntime(platform, folder);
    return join(destination, npm(folder, 'pack', '--silent', '--pack-destination', destination).trim());
  } finally {
    rmSync(folder, { recursive: true });
  }
}
