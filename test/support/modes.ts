import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The mode of a folder and of all in it, by path, such as `{"": "700", "vault.key": "600"}`. */
export function modesOf(folder: string): Record<string, string> {
  const paths = [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))];
  return Object.fromEntries(
    paths.map((path) => [relative(folder, path), (lstatSync(path).mode & 0o777).toString(8)] as const),
  );
}

/** What of a data folder others than its owner may touch. */
export function openToOthers(folder: string): [string, string][] {
  return Object.entries(modesOf(folder)).filter(([path, mode]) => {
    const isFolder = lstatSync(join(folder, path)).isDirectory();
    return mode !== (isFolder ? '700' : '600');
  });
}
