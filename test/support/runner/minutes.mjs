// A reporter of Jest: prints the processor time and the wall time of the suites by folder, as a table of Markdown.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const FILE = 'UNDERWRIGHT_TEST_MINUTES';

/** Adds what a suite used to the file that the reporter reads, where there is a reporter. */
export function recordSuite(path, seconds) {
  if (process.env[FILE]) appendFileSync(process.env[FILE], `${JSON.stringify([path, seconds])}\n`);
}

export default class Minutes {
  #folder = mkdtempSync(join(tmpdir(), 'underwright-minutes-'));

  constructor() {
    // Workers start later and inherit it.
    process.env[FILE] = join(this.#folder, 'suites');
  }

  onRunComplete(contexts, { testResults }) {
    const { rootDir } = contexts.values().next().value.config;
    const used = new Map(
      readFileSync(process.env[FILE], 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    const folders = new Map();
    for (const { testFilePath, perfStats } of testResults) {
      const folder = dirname(relative(rootDir, testFilePath)).split('/').slice(0, 2).join('/');
      const sum = folders.get(folder) ?? { suites: 0, processor: 0, wall: 0 };
      sum.suites += 1;
      sum.processor += used.get(testFilePath) ?? 0;
      sum.wall += (perfStats.end - perfStats.start) / 1000;
      folders.set(folder, sum);
    }
    const rows = [...folders].toSorted(([, a], [, b]) => b.processor - a.processor);
    const line = (name, { suites, processor, wall }) =>
      `| ${name} | ${suites} | ${(processor / 60).toFixed(2)} | ${(wall / 60).toFixed(2)} |`;
    rmSync(this.#folder, { recursive: true });
    process.stdout.write(
      [
        '',
        '| folder | suites | processor minutes | wall minutes of its suites |',
        '|---|--:|--:|--:|',
        ...rows.map(([name, sum]) => line(`\`${name}\``, sum)),
        '',
      ].join('\n'),
    );
  }
}
