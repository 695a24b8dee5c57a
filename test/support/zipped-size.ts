import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';

// A file's local header and its entry in the directory (30 + 46 bytes, and its name in both), and the end record of 22.
const HEADERS = 30 + 46;
const END = 22;

/** The size in bytes of a folder as a zip archive, which is what Lambda is given. */
export function zippedBytes(folder: string): number {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => statSync(join(folder, path)).isFile())
    .reduce(
      (sum, path) => sum + HEADERS + 2 * path.length + deflateRawSync(readFileSync(join(folder, path))).byteLength,
      END,
    );
}
