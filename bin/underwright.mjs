#!/usr/bin/env node
// Plain JavaScript that any Node since 20 can run: hands over to the Node 24 that the packages bring.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packaged = join(here, '..', 'node_modules', '.bin', 'node');
const program = existsSync(packaged) ? packaged : process.execPath;
if (program === process.execPath && Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`Underwright runs on Node 24 and this is ${process.version}: run npm ci, or install Node 24 or newer.`);
  process.exit(4);
}
const child = spawn(program, [join(here, 'underwright.ts'), ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal sends its signals to both; a signal sent to this process alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
