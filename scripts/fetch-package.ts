import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of fetched packages. */
export const CACHE = join(import.meta.dirname, '..', 'node_modules', '.cache', 'underwright');

/** The registry does not give the package: the network is away, or there is none for this platform. */
export class PackageNotFetched extends Error {
  override readonly name = 'PackageNotFetched';
}

/**
 * Fetches a package of npm that the product does not need and the lock file does not have, once, into
 * `node_modules/.cache`. Its install scripts are not run.
 * @returns its folder. @throws PackageNotFetched
 */
export function fetchPackage(name: string, version: string): string {
  const prefix = join(CACHE, `${name.replaceAll('/', '+')}@${version}`);
  const folder = join(prefix, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  mkdirSync(prefix, { recursive: true });
  const npm = process.env['npm_execpath'];
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const options = ['--prefix', prefix, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync(command, [...args, 'install', ...options, `${name}@${version}`], {
    encoding: 'utf8',
  });
  if (status === 0 && existsSync(join(folder, 'package.json'))) return folder;
  throw new PackageNotFetched(`npm did not install ${name}@${version}: ${(stderr ?? '').trim().split('\n')[0]}`);
}
