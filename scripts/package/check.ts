/**
 * Packs the program as a user does, installs the file in an empty folder without a registry or install scripts, and runs it.
 * Prints the sizes. Fails when a command fails, or when the file has more than 25 MB.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { npm } from './npm.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAX_PACKED_BYTES = 25_000_000;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

class PackageFaulty extends Error {
  override readonly name = 'PackageFaulty';
}

const folder = mkdtempSync(join(tmpdir(), 'underwright-package-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

const tarball = join(folder, npm(ROOT, 'pack', '--silent', '--pack-destination', folder).trim().split('\n').at(-1)!);
const packed = statSync(tarball).size;
if (packed > MAX_PACKED_BYTES) {
  throw new PackageFaulty(`The package has ${megabytes(packed)}, and its limit is ${megabytes(MAX_PACKED_BYTES)}.`);
}

const home = join(folder, 'home');
mkdirSync(home);
writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
const cache = ['--cache', join(folder, 'cache'), '--offline'];
npm(home, 'install', tarball, '--ignore-scripts', '--no-audit', '--no-fund', ...cache);
const files = globSync('node_modules/**', { cwd: home, withFileTypes: true }).filter((each) => each.isFile());
const installed = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

// This Node alone, and none of the clone's programs.
const programs = join(folder, 'bin');
mkdirSync(programs);
symlinkSync(process.execPath, join(programs, 'node'));
const path = `${join(home, 'node_modules', '.bin')}${delimiter}${programs}${delimiter}/usr/bin${delimiter}/bin`;

/** Runs a command of the package. @returns its last line. @throws PackageFaulty with its output. */
function run(command: string, ...args: readonly string[]): string {
  const options = { cwd: home, env: { PATH: path, HOME: home }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status === 0) return stdout.trim().split('\n').at(-1) ?? '';
  throw new PackageFaulty(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

/** Packs the client, and imports it in a folder of its own. */
function checkClient(): string {
  const [{ filename, files }] = JSON.parse(
    npm(join(ROOT, 'client'), 'pack', '--json', '--silent', '--pack-destination', folder),
  ) as [{ filename: string; files: readonly { path: string }[] }];
  const missing = ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts'].filter(
    (path) => !files.some((file) => file.path === path),
  );
  if (missing.length > 0) throw new PackageFaulty(`The client's package does not have ${missing.join(', ')}.`);
  npm(home, 'install', join(folder, filename), '--ignore-scripts', '--no-audit', '--no-fund', ...cache);
  return run(
    'node',
    '--eval',
    "import('underwright-client').then((client) => console.log(Object.keys(client).join()))",
  );
}

const data = ['--data', 'data'];
const by = ['--by', 'r.vega', '--purpose', 'check of the package'];
for (const [command, ...args] of [
  ['underwright', '--version'],
  ['underwright', 'demo', '--once', ...data],
  ['underwright', 'list', ...data],
  ['underwright', 'verify', '--all', ...data],
  ['underwright', 'replay', '--all', ...data],
  ['underwright', 'export', 'approve-lowest-rate', ...by, '--out', 'file', ...data],
  ['underwright-verify', 'file/approve-lowest-rate.decision.json', '--key', 'data/seal-public.pem'],
  ['underwright', 'policy', 'check', 'personal-loan'],
  ['underwright', 'policy', 'backtest', 'personal-loan', '--against', 'personal-loan', '--synthetic', '100'],
] as const) {
  console.log(`${command} ${args.join(' ')}: ${run(command, ...args)}`);
}
console.log(`underwright-client: ${checkClient()}`);
console.log(`packed ${megabytes(packed)}, installed ${megabytes(installed)} in ${files.length} files.`);
