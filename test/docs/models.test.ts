import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { PACKAGE_CHECKS } from '../../app/models/check-package.ts';
import { modelDeclarations } from '../../app/models/model-source.ts';
import { underwright, workbench, type Workbench } from '../cli/program.ts';
import { argumentsOf, commandOf } from './definition.ts';
import { codeOf, ROOT } from './quotations.ts';

// The commands run one after the other, and other suites run beside them.
jest.setTimeout(120_000);

const PAGE = 'docs/models.md';

interface Shown {
  readonly command: string;
  /** What the page prints below the command; '' where it prints nothing. */
  readonly output: string;
  exit: number;
}

/** The commands of the page's blocks, in order. */
const shown: readonly Shown[] = codeOf(PAGE)
  .filter(({ language, text }) => language === '' && text.startsWith('$ '))
  .flatMap(({ text }) => text.split(/^\$ /m).slice(1))
  .reduce<Shown[]>((commands, part) => {
    const [command = '', ...output] = part.trimEnd().split('\n');
    if (command === 'echo $?') commands.at(-1)!.exit = Number(output[0]);
    else commands.push({ command, output: output.join('\n'), exit: 0 });
    return commands;
  }, []);

let bench: Workbench;
beforeAll(() => {
  bench = workbench();
  for (const name of ['examples', 'models']) symlinkSync(path.join(ROOT, name), bench.path(name));
});
afterAll(() => bench.remove());

/** Runs a command line of the page as if the bench were the current folder. */
async function ran(
  line: string,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const [command = '', target] = line.split(' > ');
  const words = argumentsOf({ text: command, fenced: true });
  if (!words) {
    const out = execFileSync('bash', ['-euc', command], { cwd: bench.path('.'), encoding: 'utf8' });
    return { code: 0, out, err: '' };
  }
  const here = words.map((word) => (word.startsWith('my-') || existsSync(bench.path(word)) ? bench.path(word) : word));
  const stored = commandOf(words).command.options.some(({ long }) => long === '--data');
  const ended = await underwright(...here, ...(stored ? ['--data', bench.data] : []));
  if (target !== undefined) writeFileSync(bench.path(target), ended.out);
  return ended;
}

/** Digests, dates and times of the page match any others. A line with three dots matches any lines. */
function pattern(output: string): RegExp {
  const lines = output.split('\n').map((line) =>
    line.trim() === '...'
      ? '[^]*'
      : line
          .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
          .replaceAll(/\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\\\.\d+)?Z)?/g, String.raw`\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?`)
          .replaceAll(/\b[0-9a-f]{12,64}\b/g, '[0-9a-f]{12,64}'),
  );
  return new RegExp(`^${lines.join('\n').replaceAll(/\n?\[\^\]\*\n?/g, '[^]*')}\\s*$`);
}

describe('The page on models', () => {
  it('has commands that run in order, and end and print as the page shows', async () => {
    expect(shown.length).toBeGreaterThan(12);
    for (const { command, output, exit } of shown) {
      const { code, out, err } = await ran(command);
      expect({ command, code, err }).toEqual({ command, code: exit, err: expect.any(String) });
      if (output !== '') expect(out.replaceAll(bench.path('/'), '')).toMatch(pattern(output));
    }
  });

  it('describes every member of model.yaml and every check of a package', () => {
    const page = readFileSync(path.join(ROOT, PAGE), 'utf8');
    const rowsOf = (heading: string): string[] =>
      page
        .split(/^## /m)
        .find((section) => section.startsWith(heading))!
        .split('\n')
        .filter((line) => line.startsWith('| `'))
        .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([\w.-]+)`/g)].map(([, name]) => name!));
    expect(rowsOf('model.yaml').toSorted()).toEqual(Object.keys(modelDeclarations.shape).toSorted());
    expect(rowsOf('What a check proves')).toEqual([...PACKAGE_CHECKS]);
  });
});
