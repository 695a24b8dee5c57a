/** `npm run bench` lists the benchmarks, `npm run bench -- NAME` runs one: every file whose default export measures. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { print, report, type Measurement } from './support.ts';

interface Benchmark {
  readonly default: () => Promise<Measurement>;
  /** Packages whose versions belong to the result. */
  readonly packages?: readonly string[];
  /** Of what is no installed package. */
  readonly versions?: Readonly<Record<string, string>>;
}

const PARTS = ['run.ts', 'support.ts', 'cpu-shares.ts'];
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !PARTS.includes(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const [name] = process.argv.slice(2);

if (name === undefined) {
  console.log(`Benchmarks: ${names.join(', ')}. Run one with npm run bench -- NAME.`);
} else if (names.includes(name)) {
  const benchmark = (await import(pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href)) as Benchmark;
  print(report(name, await benchmark.default(), benchmark.packages ?? [], benchmark.versions));
} else {
  console.error(`There is no benchmark "${name}". There are: ${names.join(', ')}.`);
  process.exitCode = 1;
}
