/** Replaces build.ts in the npm package, which has no sources: scripts/package/bundle.ts. */
import { readFile } from 'node:fs/promises';

/** The decision core of the release, as build.ts built it from the sources. */
export async function buildCore(): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL('./decision-core.mjs', import.meta.url)));
}
