import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import {
  example,
  serving,
  underwright,
  underwrightJson,
  workbench,
  type Ended,
  type Workbench,
} from '../cli/program.ts';
import { lenderDate } from '../support/lender.ts';
import { argumentsOf, COMMAND_NAMES, commandOf, faultOf } from './definition.ts';
import { EXITS, NOT_RUN } from './exceptions.ts';
import { codeOf, commandsIn, PAGES, ROOT, wordsOf, type Quotation } from './quotations.ts';

// The commands run one after the other on the demo's data folder.
jest.setTimeout(90_000);

const quotations = PAGES.flatMap((page) => commandsIn(codeOf(page), COMMAND_NAMES));
const place = ({ page, line, text: command }: Quotation): string => `${page}:${line}: ${command}`;
const exceptionOf = ({ text: command }: Quotation): string | undefined =>
  Object.keys(NOT_RUN).find(
    (prefix) => command === prefix || command.startsWith(prefix + (prefix.endsWith('_') ? '' : ' ')),
  );

/** What a name in capital letters is in the commands of a page. */
const VALUES: Readonly<Record<string, Readonly<Record<string, (bench: Workbench) => string | Promise<string>>>>> = {
  'README.md': { DIR: ({ data }) => data },
  'docs/command-line.md': { ID: () => 'approve-lowest-rate', OFFER: firstOffer, DIGEST: policyDigest },
  'docs/evidence.md': { ID: () => 'decline-by-model', DIR: (bench) => bench.path('.') },
  'docs/notices.md': { DIR: ({ data }) => data },
  'docs/duties.md': { ID: () => 'decline-income' },
  'docs/retention.md': { ID: () => 'decline-income' },
};

async function firstOffer({ data }: Workbench): Promise<string> {
  const { document } = await underwrightJson('offers', 'approve-lowest-rate', '--data', data);
  return (document['offers'] as { offerId: string }[])[0]!.offerId;
}

function policyDigest(): string {
  const file = path.join(ROOT, 'policies/personal-loan/1.2.0/digest.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { module: string }).module;
}

describe('a quoted command line', () => {
  it('names only commands, options, arguments, scripts and files that exist', () => {
    expect(quotations.length).toBeGreaterThan(150);
    expect(
      quotations.flatMap((quotation) => {
        const fault = faultOf(quotation);
        return fault === undefined ? [] : [`${place(quotation)}: ${fault}`];
      }),
    ).toEqual([]);
  });

  it.each([
    'underwright lst',
    'underwright list --queu review',
    'underwright list --queue reviews',
    'underwright policy approves personal-loan@1.0.0',
    'underwright status one two',
    'underwright switch lists all of them',
    'underwright switch product personal-loan upside-down',
    'npm run no-such-script',
    'npm test -- test/no-such-folder',
    'npx no-such-program',
    'node scripts/no-such-script.ts',
  ])('is refused where it is wrong: %s', (seeded) => {
    const [quotation] = commandsIn(codeOf('seeded.md', `Run \`${seeded}\` now.`), COMMAND_NAMES);
    expect(faultOf(quotation!)).toEqual(expect.any(String));
  });
});

let demo: Workbench;
beforeAll(async () => {
  demo = workbench();
  // The command of README's first block.
  expect(quotations.some(({ fenced, text: command }) => fenced && command === 'npm start -- --once')).toBe(true);
  expect(await underwright('demo', '--once', '--data', demo.data)).toMatchObject({ code: 0, err: '' });
});
afterAll(() => demo.remove());

describe('the commands of a block', () => {
  it('end as their page shows', async () => {
    const [batch = ''] = codeOf('docs/batch.md').flatMap(({ language, text: code }) =>
      language === 'json' ? [code] : [],
    );
    demo.file('portfolio.jsonl', JSON.stringify(JSON.parse(batch)));
    const { request, ...rest } = example('approve-lowest-rate');
    const faulty = { ...rest, product: 'mortgage', request: { ...request, amountCents: 15_000 } };
    demo.file('application.json', JSON.stringify(faulty));
    const done = new Set(['npm start', 'npm start -- --once']);
    const wrong: string[] = [];
    for (const quotation of quotations.filter(({ fenced, page }) => fenced && !OWN_TEST.includes(page))) {
      const { text: command } = quotation;
      if (done.has(command) || exceptionOf(quotation)) continue;
      done.add(command);
      const expected = quotation.exit ?? EXITS[command]?.exit ?? 0;
      const { code, out, err } = await ran(quotation, demo);
      if (code !== expected) wrong.push(`${place(quotation)} ended with ${code}, not ${expected}: ${err}${out}`);
    }
    expect(wrong).toEqual([]);
  });

  it('have no exception that no page needs', () => {
    const fenced = quotations.filter((each) => each.fenced);
    expect(Object.keys(NOT_RUN).filter((prefix) => !fenced.some((each) => exceptionOf(each) === prefix))).toEqual([]);
    expect(Object.keys(EXITS).filter((command) => !fenced.some((each) => each.text === command))).toEqual([]);
  });

  // `npm test` needs Node alone: a machine without these tools leaves this test out.
  (hasCurl() ? it : it.skip)(
    'of the API’s page get the answers that the page states, from a process that serves',
    async () => {
      const fresh = workbench();
      const [first, second] = await Promise.all([
        serving('start', '--port', '0', '--data', fresh.data),
        serving('start', '--port', '0', '--data', demo.data),
      ]);
      try {
        const blocks = codeOf('docs/api.md').flatMap(({ language, text: code }) => (language === '' ? [code] : []));
        const [start = '', submit = ''] = blocks[0]!.split('# in another terminal\n');
        expect(start.trim()).toMatch(/^node bin\/underwright\.mjs start +#/);
        expect(shell(submit, first.url, fresh.data)).toMatch(/^HTTP\/1\.1 200 [^]*"outcome":"APPROVE"/);
        const { document } = await underwrightJson('status', 'frozen-file', '--data', demo.data);
        const token = 'REVIEWER=$(node bin/underwright.mjs token --role reviewer --by r.vega)\n';
        const decide = blocks[1]!.replace('ID', 'frozen-file').replace('TASK', document['task'] as string);
        expect(JSON.parse(shell(token + decide, second.url, demo.data))).toMatchObject({ action: 'DECLINE' });
        const listing = blocks[2]!.replaceAll(/2026-10-\d\d/g, lenderDate(new Date().toISOString()));
        const { applications } = JSON.parse(shell(listing, second.url, demo.data)) as { applications: object[] };
        expect(applications).toContainEqual(
          expect.objectContaining({ applicationId: 'frozen-file', outcome: 'DECLINE' }),
        );
      } finally {
        await Promise.all([first.stop(), second.stop()]);
        fresh.remove();
      }
    },
  );
});

/** Pages whose commands have a test of their own. */
const OWN_TEST = ['docs/api.md', 'docs/models.md', 'docs/policies.md'];

/** Whether there are bash and a curl that knows `--json` (7.82 of March 2022). */
function hasCurl(): boolean {
  const { stdout } = spawnSync('bash', ['-c', 'curl --help all'], { encoding: 'utf8' });
  return stdout?.includes('--json') ?? false;
}

/** Runs lines of a page in bash, against another address and data folder than the page's. */
function shell(lines: string, url: string, data: string): string {
  const here = `node() { command node "$@" --data '${data}'; }\n`;
  return execFileSync('bash', ['-euc', here + lines.replaceAll('http://127.0.0.1:8083', url)], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a command of a page. Files that it reads or writes are in the bench. */
async function ran(quotation: Quotation, bench: Workbench): Promise<Ended> {
  const { page, text: line } = quotation;
  const value = async (word: string): Promise<string> => {
    const [stem = '', ...ending] = word.split('.');
    const known = await VALUES[page]?.[stem]?.(bench);
    const named = known === undefined ? word : [known, ...ending].join('.');
    return existsSync(bench.path(named)) ? bench.path(named) : named;
  };
  const all = await Promise.all(wordsOf(line).map(value));
  if (line.startsWith('node verify/')) return offline(all.slice(1));
  const words = argumentsOf(quotation);
  if (!words) return { code: -1, out: '', err: 'It is neither run nor among the exceptions.' };
  const own = all
    .slice(-words.length)
    .map((word, at, { [at - 1]: before = '' }) => (WRITES.test(before) ? path.resolve(bench.path('.'), word) : word));
  const { command } = commandOf(words);
  const reads = command.options.some(({ long }) => long === '--data') && command.name() !== 'backtest';
  return underwright(...own, ...(reads && !own.includes('--data') ? ['--data', bench.data] : []));
}

/** Options that name what a command writes. */
const WRITES = /^--(?:out|html|csv)$/;

async function offline(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, out, err };
}
