import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { parseSubmission } from '../../domain/application/submission.ts';
import { openToOthers } from '../support/modes.ts';
import { example, serving, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

// Each test runs the program several times, and other suites run beside it.
jest.setTimeout(120_000);

let bench: Workbench;
beforeEach(() => {
  bench = workbench();
});
afterEach(() => bench.remove());

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLES = readdirSync(join(ROOT, 'examples', 'applications')).map((name) => name.replace(/\.json$/, ''));

describe('the demo', () => {
  test('brings every example where it should stand, posts no inquiry twice, and verifies all', async () => {
    const { code, document } = await underwrightJson('demo', '--once', '--data', bench.data);
    expect(document['differences']).toEqual([]);
    expect(code).toBe(0);
    const applications = document['applications'] as {
      applicationId: string;
      status: string;
      outcome: string | null;
    }[];
    expect(applications.map(({ applicationId }) => applicationId).sort()).toEqual(EXAMPLES.toSorted());
    const statuses = new Set(applications.map(({ outcome, status }) => outcome ?? status));
    expect([...statuses].sort()).toEqual(
      ['APPROVE', 'COUNTEROFFER', 'DECLINE', 'IN_REVIEW', 'NEEDS_ATTENTION', 'NOT_OFFERED', 'PENDING_APPLICANT'].sort(),
    );
    expect(document['repeatedPulls']).toBe(0);
    const verified = await underwright('verify', '--all', '--data', bench.data);
    expect(verified.out).toContain(`verified: ${EXAMPLES.length} applications`);
    expect(openToOthers(bench.data)).toEqual([]);
  });

  test('draws a table no wider than 100 columns, without colour in a pipe', async () => {
    const { code, out, err } = await underwright('demo', '--once', '--data', bench.data);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toContain('\u001b');
    const table = out.slice(0, out.indexOf('Where it lies')).split('\n');
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(out).toMatch(/^Underwright demo: invented people, real credit attributes .* simulated bureau/);
    expect(out).toMatch(/bureau-slow +IN_REVIEW +waits for a person: PULL_AMBIGUOUS/);
  });

  test('touches no folder that holds something', async () => {
    bench.file('precious.txt', 'mine');
    const { code, err } = await underwright('demo', '--once', '--data', bench.path('.'));
    expect(err).toMatch(/^DataFolderNotEmpty: /);
    expect(code).toBe(4);
    expect(readdirSync(bench.path('.'))).toEqual(['precious.txt']);
  });

  test('serves on until it is stopped', async () => {
    const running = await serving('demo', '--data', bench.data);
    const { out } = await underwright('status', 'refer-no-file', '--data', bench.data);
    expect(out).toMatch(/IN_REVIEW/);
    expect(openToOthers(bench.data)).toEqual([]);
    expect(await running.stop('SIGINT')).toBe(0);
  });
});

test('the demo goes on where an example came to no reviewer, as under a stricter policy, and says what differs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-demo-copy-'));
  try {
    const parts =
      'package.json bin cli http local lambdas app audit documents adapters core domain packages ' +
      'client policies models stages statemachines verify examples';
    for (const part of parts.split(' ')) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const applications = join(folder, 'examples', 'applications');
    const sample = readFileSync(join(applications, 'decline-income.json'), 'utf8');
    writeFileSync(join(applications, 'refer-approved.json'), sample.replace('"decline-income"', '"refer-approved"'));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(folder, 'bin', 'underwright.ts'), 'demo', '--once', '--data', bench.data],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain('differs  refer-approved is DECIDED DECLINE, expected DECIDED APPROVE');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every example is a submission under its own name, of a person who cannot exist', () => {
  for (const id of EXAMPLES) {
    const parsed = parseSubmission(example(id));
    expect(parsed).toMatchObject({ ok: true, submission: { applicationId: id } });
    expect(example(id)['applicant']!['ssn']).toMatch(/^900-/);
  }
});

test('the program for an older Node hands over and passes the exit code on', () => {
  const program = join(import.meta.dirname, '..', '..', 'bin', 'underwright.mjs');
  const { status, stderr } = spawnSync(process.execPath, [program, 'list', '--data', bench.data], { encoding: 'utf8' });
  expect(stderr).toMatch(/^DataFolderMissing/);
  expect(status).toBe(4);
});
