/**
 * Packs the program and the client as a user does, installs the files in empty folders without a registry or install scripts,
 * and runs them. Prints the sizes. Fails when a command fails, or when a package and its runtime have more than 25 MB.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { PLATFORMS } from './manifest.ts';
import { npm } from './npm.ts';
import { packRuntime } from './runtimes.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAX_PACKED_BYTES = 25_000_000;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const sizeOf = (files: readonly string[]): number => files.reduce((sum, file) => sum + statSync(file).size, 0);

class PackageFaulty extends Error {
  override readonly name = 'PackageFaulty';
}

const folder = mkdtempSync(join(tmpdir(), 'underwright-package-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
// The commands below find this Node, and no program of the clone.
const programs = join(folder, 'bin');
mkdirSync(programs);
symlinkSync(process.execPath, join(programs, 'node'));

/** Packs a folder. @returns the path of the file. */
function pack(source: string, destination: string): string {
  mkdirSync(destination, { recursive: true });
  const printed = npm(source, 'pack', '--silent', '--pack-destination', destination);
  return join(destination, printed.trim().split('\n').at(-1)!);
}

/** Installs files in a new folder. @returns the folder. @throws PackageFaulty when they are too large. */
function install(name: string, ...files: readonly string[]): string {
  const home = join(folder, name);
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  const cache = ['--cache', join(folder, 'cache'), '--offline'];
  npm(home, 'install', ...files, '--ignore-scripts', '--no-audit', '--no-fund', ...cache);
  const installed = globSync('node_modules/**', { cwd: home }).map((path) => join(home, path));
  const [packedBytes, installedBytes] = [sizeOf(files), sizeOf(installed.filter((path) => statSync(path).isFile()))];
  console.log(`${name}: packed ${megabytes(packedBytes)}, installed ${megabytes(installedBytes)}`);
  if (packedBytes <= MAX_PACKED_BYTES) return home;
  throw new PackageFaulty(`${name} has ${megabytes(packedBytes)}, and the limit is ${megabytes(MAX_PACKED_BYTES)}.`);
}

/** Runs a program in a folder and prints its last line. @throws PackageFaulty with its output. */
function run(home: string, program: string, ...args: readonly string[]): void {
  const path = [join(home, 'node_modules', '.bin'), programs, '/usr/bin', '/bin'].join(delimiter);
  const options = { cwd: home, env: { PATH: path, HOME: home }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  if (status !== 0) {
    throw new PackageFaulty(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  }
  console.log(`  ${program} ${args.join(' ')}: ${stdout.trim().split('\n').at(-1)}`);
}

const program = install('underwright', pack(ROOT, folder));
const data = ['--data', 'data'];
const by = ['--by', 'r.vega', '--purpose', 'check of the package'];
for (const args of [
  ['--version'],
  ['demo', '--once', ...data],
  ['list', ...data],
  ['verify', '--all', ...data],
  ['replay', '--all', ...data],
  ['export', 'approve-lowest-rate', ...by, ...data],
  ['policy', 'check', 'personal-loan'],
  ['policy', 'backtest', 'personal-loan', '--against', 'personal-loan', '--synthetic', '100'],
]) {
  run(program, 'underwright', ...args);
}
run(program, 'underwright-verify', 'approve-lowest-rate.decision.json', '--key', join('data', 'seal-public.pem'));

const here = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
if (here) {
  // pack.ts reads it.
  process.env['UNDERWRIGHT_PACK'] = 'registry';
  const files = [pack(ROOT, join(folder, 'registry')), packRuntime(here, folder)];
  run(install('underwright with the package of the platform', ...files), 'underwright', 'demo', '--once');
}

const client = install('underwright-client', pack(join(ROOT, 'client'), folder));
for (const file of ['README.md', 'LICENSE', 'dist/index.d.ts']) {
  run(client, 'ls', join('node_modules', 'underwright-client', file));
}
run(client, 'node', '--eval', "import('underwright-client').then((client) => console.log(Object.keys(client).join()))");
