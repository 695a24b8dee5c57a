/**
 * Prints the size of the program: lines by folder without tests, benchmarks and generated files, and the lengths of its
 * functions as the linter counts them (no blank lines, no comments). Run: `npm run figures [-- FOLDER_OF_A_CHECKOUT]`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NOT_WRITTEN_BY_HAND = /^(?:test|bench|policies|examples|models)\/|^client\/api\.ts$|\.d\.ts$/;
const root = join(import.meta.dirname, '..');
const checkout = process.argv[2] ?? root;

const files = spawnSync('git', ['ls-files', '*.ts', '*.mjs'], { cwd: checkout, encoding: 'utf8' })
  .stdout.split('\n')
  .filter((file) => file.includes('/') && !NOT_WRITTEN_BY_HAND.test(file));
const lines = new Map<string, number>();
for (const file of files) {
  const [top = '', second = ''] = file.split('/');
  const folder = top === 'packages' ? `${top}/${second}` : top;
  const count = readFileSync(join(checkout, file), 'utf8').split('\n').length - 1;
  lines.set(folder, (lines.get(folder) ?? 0) + count);
}
for (const [folder, count] of [...lines].sort(([, a], [, b]) => b - a)) {
  process.stdout.write(`${String(count).padStart(7)}  ${folder}\n`);
}
const total = [...lines.values()].reduce((sum, count) => sum + count, 0);
process.stdout.write(`${String(total).padStart(7)}  all, in ${files.length} files\n`);

const lengths = functionLengths();
process.stdout.write(
  `functions: ${lengths.length}; median ${lengths[Math.floor(lengths.length / 2)]} lines, longest ${lengths.at(-1)}\n`,
);

/** Lines of each function, ascending: the linter reports every function that is longer than none. */
function functionLengths(): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-figures-'));
  try {
    const config = join(folder, 'oxlintrc.json');
    const rule = ['error', { max: 0, skipBlankLines: true, skipComments: true }];
    writeFileSync(
      config,
      JSON.stringify({ categories: { correctness: 'off' }, rules: { 'eslint/max-lines-per-function': rule } }),
    );
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['-c', config, '--format=unix', ...files], {
      cwd: checkout,
      encoding: 'utf8',
      maxBuffer: 100_000_000,
    });
    return [...stdout.matchAll(/too many lines \((\d+)\)/g)].map(([, count]) => Number(count)).sort((a, b) => a - b);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
