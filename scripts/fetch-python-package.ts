import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { CACHE, PackageNotFetched } from './fetch-package.ts';

/**
 * Fetches the source archive of a PyPI package with pip, once, and unpacks it into `node_modules/.cache`.
 * @returns the unpacked folder. @throws PackageNotFetched
 */
export function fetchPythonPackage(name: string, version: string): string {
  const folder = join(CACHE, 'python', `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const parent = join(CACHE, 'python');
  mkdirSync(parent, { recursive: true });
  const options = '--quiet --disable-pip-version-check --no-deps --no-binary :all:'.split(' ');
  run('python3', ['-m', 'pip', 'download', ...options, '--dest', parent, `${name}==${version}`]);
  const archive = readdirSync(parent).find((file) => file === `${name}-${version}.tar.gz`);
  if (archive === undefined) throw new PackageNotFetched(`pip brought no source archive of ${name} ${version}.`);
  run('tar', ['-xzf', join(parent, archive), '-C', parent]);
  return folder;
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new PackageNotFetched(`${command} failed: ${(stderr ?? 'it does not start').trim().split('\n').at(-1)}`);
}
