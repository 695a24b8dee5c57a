import { execFileSync } from 'node:child_process';
import { cpSync, globSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { readAccessKey } from '../../adapters/embedded/access-key.ts';
import { STATE_MACHINE_ARN } from '../../local/underwriting-process.ts';
import { callSigned } from '../support/signed.ts';
import {
  example,
  examplePath,
  serving,
  underwright,
  underwrightJson,
  underwrightOnSmallDisk,
  underwrightReading,
  workbench,
  type Workbench,
} from './program.ts';

/** Of an area that is issued, with a serial that never is. */
const LIKE_AN_ISSUED_NUMBER = ['899', '01', '0000'].join('-');

// Each test runs the program several times, and other suites run beside it.
jest.setTimeout(120_000);

let bench: Workbench;
beforeEach(() => {
  bench = workbench();
});
afterEach(() => bench.remove());

const submit = (file: string, ...more: string[]) => underwright('submit', file, '--data', bench.data, ...more);

describe('a file that holds no submission is refused with 2, and nothing is made', () => {
  test.each<[string, string, string | Uint8Array, RegExp]>([
    ['text that is not JSON', 'a.json', '{\n  "applicationId": nope\n}', /is not JSON from line 2, column 20 on/],
    ['JSON that ends early', 'a.json', '{"applicationId": "a', /is not JSON from line 1, column 19 on/],
    ['nothing', 'a.json', '', /is empty/],
    ['blank lines', 'a.json', ' \n\n', /is empty/],
    ['more than 1 MB', 'a.json', `{"note": "${'x'.repeat(1024 * 1024)}"}`, /has 1,048,588 bytes, more than 1 MB/],
    ['bytes that are not text', 'a.json', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff), /is binary, not UTF-8 text/],
    ['text with NUL', 'a.json', '{"a":1}\0', /is binary/],
    ['a broken line among lines', 'a.jsonl', '{"a":1}\n\n{"a":}\n', /is not JSON from line 3, column 6 on/],
    ['a line of more than 1 MB', 'a.jsonl', `{}\n"${'x'.repeat(1024 * 1024)}"`, /line 2 has more than 1 MB/],
  ])('%s', async (_, name, content, said) => {
    const { code, err } = await submit(bench.file(name, content));
    expect(err).toMatch(said);
    expect(err).toContain(bench.path(name));
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
    expect(existsSync(bench.data)).toBe(false);
  });

  test('a file that does not exist, also as JSON', async () => {
    const missing = bench.path('none.json');
    const { code, document } = await underwrightJson('submit', missing, '--data', bench.data);
    expect(code).toBe(2);
    expect(document).toEqual({
      error: {
        name: 'FileMissing',
        message: `${missing} does not exist: check the path. Nothing was submitted.`,
        exitCode: 2,
        details: { file: missing },
      },
    });
  });

  test('a folder', async () => {
    const { code, err } = await submit(bench.path('.'));
    expect(code).toBe(2);
    expect(err).toMatch(/^FileUnreadable: .* is a folder: name a file/);
  });

  test('a pipe or a device, which may never end', async () => {
    const pipe = bench.path('pipe.json');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero']) {
      const { code, err } = await submit(path);
      expect(err).toMatch(/^FileUnreadable: .* is a pipe or a device: name a regular file, or - for standard input/);
      expect(code).toBe(2);
    }
    expect(existsSync(bench.data)).toBe(false);
  });

  test('what is wrong in the text is not quoted: it may be personal', async () => {
    const { err } = await submit(bench.file('a.json', '{"ssn": "900-01-0000" x}'));
    expect(err).not.toContain('900-01');
    expect(err).toMatch(/line 1, column 23/);
  });
});

describe('submit reads standard input', () => {
  const one = JSON.stringify(example('decline-income'));
  const another = JSON.stringify({ ...example('decline-income'), applicationId: 'another-application' });

  test('as one submission, under its two names', async () => {
    const options = ['--wait', '--data', bench.data];
    const { code, out, err } = await underwrightReading(
      JSON.stringify(JSON.parse(one), null, 2),
      'submit',
      '-',
      ...options,
    );
    expect(err).toBe('');
    expect(out).toContain('decline-income  DECLINE');
    expect(code).toBe(0);
    const again = await underwrightReading(one, 'submit', '/dev/stdin', ...options);
    expect(again.out).toContain('decline-income  DECLINE');
    expect(bench.stored()).toBe(1);
  });

  test('as JSON lines when a second line follows a whole value', async () => {
    const { code, out } = await underwrightReading(`${one}\n\n${another}\n`, 'submit', '-', '--data', bench.data);
    expect(out).toContain('line 3: another-application  accepted');
    expect(code).toBe(0);
    expect(bench.stored()).toBe(2);
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /^FileEmpty: Standard input is empty/],
    [
      'text that is not JSON',
      '{\n  "applicationId": nope\n}',
      /^FileNotJson: Standard input is not JSON from line 2, column 20/,
    ],
    [
      'more than 1 MB',
      `{"note": "${'x'.repeat(1024 * 1024)}"}`,
      /^FileTooLarge: Standard input has 1,048,588 bytes, more/,
    ],
    [
      'a broken line among lines',
      '{"a":1}\n{"a":}\n',
      /^FileNotJson: Standard input is not JSON from line 2, column 6/,
    ],
    ['bytes that are not text', Uint8Array.of(0x89, 0x50), /^FileNotText: Standard input is binary/],
  ])('and refuses %s', async (_, input, fault) => {
    const { code, err } = await underwrightReading(input, 'submit', '-', '--data', bench.data);
    expect(err).toMatch(fault);
    expect(code).toBe(2);
    expect(existsSync(bench.data)).toBe(false);
  });
});

describe('a submission with faults is rejected with 1, every fault by its field', () => {
  async function rejection(change: (submission: ReturnType<typeof example>) => unknown): Promise<string> {
    const submission = example('approve-lowest-rate');
    const { code, out } = await submit(bench.file('a.json', JSON.stringify(change(submission) ?? submission)));
    expect(code).toBe(1);
    expect(out).toMatch(/Nothing was stored/);
    expect(bench.stored()).toBe(0);
    return out;
  }

  test('a wrong type', async () => {
    const out = await rejection((submission) => {
      submission['request']!['amountCents'] = '1500000';
    });
    expect(out).toMatch(/request\.amountCents: must be a number of whole cents without quotes/);
  });

  test('a missing consent', async () => {
    const out = await rejection((submission) => ({ ...submission, consents: [] }));
    expect(out).toMatch(/consents: has no BUREAU_PULL/);
  });

  test('an unknown product', async () => {
    const out = await rejection((submission) => ({ ...submission, product: 'yacht-loan' }));
    expect(out).toMatch(/product: must be "personal-loan"/);
  });

  test('dollars where cents belong', async () => {
    const out = await rejection((submission) => {
      submission['request']!['amountCents'] = 15_000;
    });
    expect(out).toMatch(/request\.amountCents: .*If dollars were sent, multiply by 100/);
  });

  test('an issued social security number', async () => {
    const out = await rejection((submission) => {
      submission['applicant']!['ssn'] = LIKE_AN_ISSUED_NUMBER;
    });
    expect(out).toMatch(/applicant\.ssn: must be a number that is never issued/);
  });

  test('several at once, and no JSON object at all', async () => {
    const out = await rejection((submission) => ({ ...submission, product: 'x', consents: [], colour: 'red' }));
    expect(out.match(/^ {2}\S+: /gm)).toEqual(['  colour: ', '  consents: ', '  product: ']);
    expect(await rejection(() => [1])).toMatch(/\(the whole\): must be a JSON object/);
  });

  test('one line of many: none is submitted, and the line is named', async () => {
    const lines = [example('approve-lowest-rate'), { ...example('approve-60-months'), product: 'x' }];
    const { code, out } = await submit(bench.file('a.jsonl', lines.map((line) => JSON.stringify(line)).join('\n')));
    expect(code).toBe(1);
    expect(out).toMatch(/^line 2: rejected\n {2}product: /);
    expect(bench.stored()).toBe(0);
  });

  test('one line of many that only the intake can refuse', async () => {
    const issued = example('approve-60-months');
    issued['applicant']!['ssn'] = LIKE_AN_ISSUED_NUMBER;
    const lines = [example('approve-lowest-rate'), issued];
    const { code, out } = await submit(bench.file('a.jsonl', lines.map((line) => JSON.stringify(line)).join('\n')));
    expect(code).toBe(1);
    expect(out).toMatch(/^line 2: rejected\n {2}applicant\.ssn: /);
    expect(bench.stored()).toBe(0);
  });

  test('control characters in names of fields do not reach the terminal', async () => {
    const out = await rejection((submission) => ({ ...submission, '\u001b[31mred': 1 }));
    expect(out).not.toContain('\u001b');
  });
});

describe('what the program runs on', () => {
  test('a damaged model package is refused by name before anything is taken in', async () => {
    const folder = bench.path('models');
    cpSync(join(import.meta.dirname, '..', '..', 'models'), folder, { recursive: true });
    const [file = ''] = globSync('**/model.onnx', { cwd: folder });
    const model = join(folder, file);
    const bytes = readFileSync(model);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    writeFileSync(model, bytes);
    process.env['MODELS_FOLDER'] = folder;
    const { code, err } = await submit(examplePath('approve-lowest-rate')).finally(() => {
      delete process.env['MODELS_FOLDER'];
    });
    expect(err).toMatch(
      /^ModelPackageDamaged: .*model\.onnx does not have the digest that manifest\.json gives\. Restore/,
    );
    expect(code).toBe(2);
    expect(bench.stored()).toBe(0);
  });

  test('a full disk ends with 5, and what was told to be stored is', async () => {
    const submission = example('approve-lowest-rate');
    const lines = Array.from({ length: 200 }, (_, n) => ({ ...submission, applicationId: `full-disk-${n}` }));
    const file = bench.file('many.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
    const { code, out } = await underwrightOnSmallDisk(90, 'submit', file, '--data', bench.data, '--json');
    expect(JSON.parse(out)).toMatchObject({ error: { name: 'StoreUnavailable', exitCode: 5 } });
    expect(code).toBe(5);
    const verified = await underwright('verify', '--all', '--data', bench.data);
    expect(verified.out).not.toMatch(/CHANGED_ENTRY|BROKEN_LINK|EVIDENCE_/);
  });

  test('a disk too small to begin with ends with 5', async () => {
    const file = examplePath('approve-lowest-rate');
    const { code, err } = await underwrightOnSmallDisk(3, 'submit', file, '--data', bench.data);
    expect(err).toMatch(/^StoreUnavailable: .*free space/);
    expect(code).toBe(5);
    expect(bench.stored()).toBe(0);
  });

  test('a second process on a served folder is refused with 4', async () => {
    const first = await serving('start', '--data', bench.data, '--port', '0');
    try {
      const { code, err } = await underwright('start', '--data', bench.data, '--port', '0');
      expect(err).toMatch(
        /^DataFolderInUse: Another Underwright process is running on .* choose another folder with --data/,
      );
      expect(code).toBe(4);
    } finally {
      expect(await first.stop()).toBe(0);
    }
  });

  test('a folder stays one process’s after its lock file was deleted, and that process ends with its database', async () => {
    const first = await serving('start', '--data', bench.data, '--port', '0');
    rmSync(join(bench.data, 'lock.sqlite'));
    rmSync(join(bench.data, 'process.json'));
    const { code, err } = await underwright('start', '--data', bench.data, '--port', '0');
    expect([code, err]).toEqual([4, expect.stringMatching(/^DataFolderInUse: /)]);
    expect((await underwright('verify', '--all', '--data', bench.data)).code).toBe(0);
    renameSync(join(bench.data, 'underwright.sqlite'), bench.path('elsewhere'));
    const body = JSON.stringify({ stateMachineArn: STATE_MACHINE_ARN });
    const { status } = await callSigned(first.url, 'ListExecutions', body, readAccessKey(bench.data));
    expect(status).toBeGreaterThanOrEqual(500);
    expect(await first.ended).toMatchObject({ code: 5, out: expect.stringMatching(/deleted or replaced/) });
  });

  test('a port that is taken is a sentence', async () => {
    const first = await serving('start', '--data', bench.data, '--port', '0');
    try {
      const { port } = new URL(first.url);
      const { code, err } = await underwright('start', '--data', bench.path('other'), '--port', port);
      expect(err).toMatch(/^PortInUse: .*--port/);
      expect(code).toBe(2);
    } finally {
      await first.stop();
    }
  });

  test.each([
    ['status', 'nobody-here'],
    ['list'],
    ['trace', 'nobody-here'],
    ['verify', '--all'],
    ['notice', 'nobody-here'],
  ])('a missing data folder is a sentence with 4: %s', async (...args) => {
    const { code, err } = await underwright(...args, '--data', bench.data);
    expect(err).toMatch(/^DataFolderMissing: .*--data/);
    expect(code).toBe(4);
    expect(existsSync(bench.data)).toBe(false);
  });

  test('a file in the place of the data folder, and a database that is none', async () => {
    const file = bench.file('data', 'not a folder');
    expect((await underwright('submit', examplePath('incomplete'), '--data', file)).code).toBe(4);
    const folder = bench.path('folder');
    cpSync(join(import.meta.dirname), folder, { recursive: true });
    writeFileSync(join(folder, 'underwright.sqlite'), 'this is no database at all, whatever its name says');
    const { code, err } = await underwright('list', '--data', folder);
    expect(err).toMatch(/^DataFolderUnusable: /);
    expect(code).toBe(4);
  });

  test.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['list', '--frobnicate']],
    ['a number that is none', ['start', '--port', 'http']],
    ['neither an application nor all', ['verify']],
    ['both', ['verify', 'some-application', '--all']],
  ])('a command line with %s ends with 2, also as JSON', async (_, args) => {
    expect((await underwright(...args)).code).toBe(2);
    const { code, document } = await underwrightJson(...args);
    expect(code).toBe(2);
    expect(document).toMatchObject({ error: { name: 'UsageError', exitCode: 2 } });
  });
});
