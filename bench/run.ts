/** `npm run bench` lists the benchmarks, `npm run bench -- NAME` runs one: every other file of this folder is one. */
import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !['run.ts', 'support.ts', 'cpu-shares.ts'].includes(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const [name] = process.argv.slice(2);

if (name === undefined) {
  console.log(`Benchmarks: ${names.join(', ')}. Run one with npm run bench -- NAME.`);
} else if (names.includes(name)) {
  await import(pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href);
} else {
  console.error(`There is no benchmark "${name}". There are: ${names.join(', ')}.`);
  process.exitCode = 1;
}
