import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { buildCore } from '../../core/build.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { examplePath, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

const ROOT = join(import.meta.dirname, '..', '..');
const ID = 'counteroffer-dti';

const PARTS = (
  'package.json bin cli http local lambdas app audit documents adapters core domain packages ' +
  'client examples policies models stages statemachines verify'
).split(' ');

interface OtherRelease {
  readonly folder: string;
  readonly core: string;
  readonly model: string;
}

type Alter = (path: string, from: string, to: string) => string;

/** The whole program with something in it that this release has otherwise. */
function copyOfProgram(altered: (alter: Alter) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-release-'));
  for (const part of PARTS) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const alter = (path: string, from: string, to: string): string => {
    const text = readFileSync(join(folder, path), 'utf8');
    const altered = text.replace(from, to);
    if (altered === text) throw new Error(`${path} does not have ${from}: this test alters nothing.`);
    writeFileSync(join(folder, path), altered);
    return sha256(altered);
  };
  altered(alter);
  return folder;
}

/** Other features, other prices and another model package. */
async function otherRelease(): Promise<OtherRelease> {
  let model = '';
  const folder = copyOfProgram((alter) => {
    alter('domain/features/build.ts', 'Math.round((part / whole) * 1e6) / 1e6', 'Math.round((part / whole) * 10) / 10');
    alter('domain/pricing/arithmetic.ts', '(millionthsOfPercent + 5_000)', '(millionthsOfPercent + 9_999)');
    model = alter('models/personal-loan-default/2.0.0/manifest.json', '"description": "', '"description": "Older. ');
  });
  return { folder, core: sha256(await buildCore(folder)), model };
}

let other: OtherRelease;
let bench: Workbench;
beforeAll(async () => {
  other = await otherRelease();
  bench = workbench();
  submittedToOther(ID, bench.data);
});
afterAll(() => {
  bench.remove();
  rmSync(other.folder, { recursive: true });
});

/** Decides, or refers, by the other release's own program. */
function submittedToOther(id: string, data: string, { folder }: { folder: string } = other): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'bin', 'underwright.ts'), 'submit', examplePath(id), '--wait', '--data', data],
    { cwd: folder, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
}

const replayed = (data: string, ...options: readonly string[]) =>
  underwrightJson('replay', '--all', '--data', data, ...options);

/** A copy of the data in which an object of the release is no more what it was. */
async function damaged(sql: string, digest: string, then: (data: string) => Promise<void>): Promise<void> {
  const copy = workbench(bench);
  try {
    copy.sql(sql, Buffer.from(digest, 'hex'));
    await then(copy.data);
  } finally {
    copy.remove();
  }
}
const DELETED = 'DELETE FROM evidence_objects WHERE address = ?';
const TAMPERED = `UPDATE evidence_objects SET bytes = CAST(bytes || '//' AS BLOB) WHERE address = ?`;

describe('What another release decided', () => {
  test('is reproduced by the core and the model that it archived', async () => {
    const { code, document } = await replayed(bench.data);
    expect(document).toMatchObject({
      same: 1,
      differ: 0,
      cores: [{ core: other.core, archived: true, decisions: 1 }],
      replayed: [{ applicationId: ID, result: 'SAME', core: other.core }],
    });
    expect(code).toBe(0);
  });

  test('is reproduced from a decision file alone', async () => {
    const asked = ['--by', 'r.vega', '--purpose', 'Examination 2026-14', '--out', bench.path('out')];
    const copy = workbench(bench);
    expect(await underwright('export', ID, ...asked, '--data', copy.data)).toMatchObject({ code: 0 });
    expect(await underwright('keys', '--out', bench.path('out'), '--data', copy.data)).toMatchObject({ code: 0 });
    copy.remove();
    const [file, key] = [`${ID}.decision.json`, 'seal-public.pem'].map((name) => bench.path(join('out', name)));
    const { document } = await underwrightJson('replay', '--file', file!, '--key', key!);
    expect(document).toMatchObject({ same: 1, cores: [{ core: other.core, archived: true }] });
  });

  test('is not what this release would decide, which is named as the core', async () => {
    const { code, document } = await replayed(bench.data, '--this-release');
    const present = sha256(await buildCore());
    expect(present).not.toBe(other.core);
    expect(document).toMatchObject({
      same: 0,
      cores: [{ core: present, archived: false }],
      replayed: [
        {
          result: 'DIFFERS',
          differences: [
            { part: 'SCORE', differs: 'CORE' },
            { part: 'POLICY', differs: 'CORE' },
          ],
        },
      ],
    });
    expect(code).toBe(1);
    const { out } = await underwright('replay', ID, '--data', bench.data, '--this-release');
    expect(out).toMatch(
      /^CORE {2}counteroffer-dti SCORE: .*this release decides otherwise\. \(.*features\.loan_to_income/m,
    );
  });

  test('is replayed with no core whose bytes have another digest, and verification names it', async () => {
    await damaged(TAMPERED, other.core, async (data) => {
      const { code, document } = await replayed(data);
      expect(document).toMatchObject({ differ: 1, replayed: [{ result: 'CORE_UNAVAILABLE', core: other.core }] });
      expect(code).toBe(1);
      expect((await underwright('replay', ID, '--data', data)).out).toMatch(/^CORE .* is not what was archived/m);
      expect((await underwright('verify', ID, '--data', data)).out).toMatch(/RELEASE_OBJECT_DAMAGED.*decision core/);
    });
  });

  test('is not replayed without its core, and verification names that it is missing', async () => {
    await damaged(DELETED, other.core, async (data) => {
      const { code, out } = await underwright('replay', ID, '--data', data);
      expect(out).toMatch(/^CORE {2}counteroffer-dti: The decision core that it names is not archived/m);
      expect(code).toBe(1);
      expect((await underwright('verify', ID, '--data', data)).out).toMatch(/RELEASE_OBJECT_MISSING.*decision core/);
    });
  });

  test('is named by its model where that is neither archived nor in this release', async () => {
    await damaged(DELETED, other.model, async (data) => {
      const { code, document } = await replayed(data);
      expect(document['replayed']).toMatchObject([
        { result: 'DIFFERS', differences: [{ part: 'SCORE', differs: 'MODEL' }] },
      ]);
      expect(code).toBe(1);
      expect((await underwright('verify', ID, '--data', data)).out).toMatch(/RELEASE_OBJECT_MISSING.*model manifest/);
    });
  });

  test('and this release finished, after a person was waited for, is reproduced by the cores of both', async () => {
    const both = workbench();
    try {
      const waiting = 'refer-declined';
      submittedToOther(waiting, both.data);
      const review = [
        '--by',
        'r.vega',
        '--action',
        'DECLINE',
        '--reason',
        'AA22',
        '--note',
        'Several recent inquiries.',
      ];
      expect((await underwright('review', waiting, ...review, '--data', both.data)).code).toBe(0);
      const { code, document } = await replayed(both.data);
      const present = sha256(await buildCore());
      expect(document).toMatchObject({ same: 1, differ: 0, replayed: [{ result: 'SAME', core: present }] });
      expect(code).toBe(0);
      // The score is the other release's, as the present core alone shows.
      const alone = await replayed(both.data, '--this-release');
      expect(alone.document['replayed']).toMatchObject([{ differences: [{ part: 'SCORE' }, { part: 'POLICY' }] }]);
      both.sql(DELETED, Buffer.from(other.core, 'hex'));
      expect((await replayed(both.data)).document['replayed']).toMatchObject([{ result: 'CORE_UNAVAILABLE' }]);
    } finally {
      both.remove();
    }
  });

  describe('and whose core fails', () => {
    /** Two decisions of a release whose core does something else over a decline, replayed. */
    async function replayedWith(fails: string) {
      const records = 'asked.map((inputs) => answered(() => recordOf(inputs)))';
      const folder = copyOfProgram((alter) => {
        const either = `asked.some(({ policy }) => policy?.outcome === 'DECLINE') ? ${fails} : ${records}`;
        alter('domain/decision/core.ts', records, either);
      });
      const broken = workbench();
      try {
        for (const id of ['decline-obligations', ID]) submittedToOther(id, broken.data, { folder });
        return await replayed(broken.data, '--core-timeout', '1000');
      } finally {
        broken.remove();
        rmSync(folder, { recursive: true });
      }
    }
    const failed = (applicationId: string, because: unknown) =>
      expect.objectContaining({
        applicationId,
        result: 'DIFFERS',
        differences: expect.arrayContaining([
          expect.objectContaining({ part: 'DECISION', differs: 'CORE', replayed: null, because }),
        ]),
      });

    test('over one decision is named, and the others are replayed', async () => {
      const { code, document } = await replayedWith(`((): never => { throw new Error('broken'); })()`);
      expect(document).toMatchObject({
        same: 1,
        differ: 1,
        replayed: expect.arrayContaining([
          expect.objectContaining({ applicationId: ID, result: 'SAME' }),
          failed('decline-obligations', expect.stringMatching(/^It threw/)),
        ]),
      });
      expect(code).toBe(1);
    });

    test('to end is stopped, as Node would not, and names every decision of the call', async () => {
      const { code, document } = await replayedWith('((): never => { for (;;); })()');
      const because = 'It ran longer than 1 s and was stopped.';
      expect(document).toMatchObject({
        same: 0,
        differ: 2,
        replayed: expect.arrayContaining([failed('decline-obligations', because), failed(ID, because)]),
      });
      expect(code).toBe(1);
    });
  });

  test('verifies whole, its core and model counted as known', async () => {
    expect((await underwright('verify', '--all', '--data', bench.data)).out).toMatch(/no fault/);
  });
});

/** Scores the request alone and prices every term and amount with that score, as the releases with contract 2 did. */
function releaseOfContract2(): string {
  return copyOfProgram((alter) => {
    alter('domain/decision/core-contract.ts', 'CORE_CONTRACT = 3', 'CORE_CONTRACT = 2');
    const call = 'domain/products/model-call.ts';
    const none = '[values, columns]: number[][] = [[], []]';
    alter(call, '{ values, columns } = candidatesOf({ manifest, steps }, application)', none);
    alter(call, '{ candidates, values, columns } = candidatesOf({ manifest, steps }, application)', none);
    alter(
      call,
      'candidates: scoresOf(application, candidates, margins.subarray(columns.length === 0 ? 0 : scored)),',
      '',
    );
    const range = '{ fromCents: 0, toCents: amountCents, pdMicros: scoring?.result?.pdMicros ?? null }';
    alter(
      'domain/products/scored-ranges.ts',
      'if (ranges.length > 0)',
      `if (ranges.length === 0) return [${range}];\n  if (ranges.length > 0)`,
    );
  });
}

test('What a release decided that scored no candidates is reproduced by its core', async () => {
  const folder = releaseOfContract2();
  const earlier = workbench();
  try {
    submittedToOther(ID, earlier.data, { folder });
    const offers = await underwrightJson('offers', ID, '--data', earlier.data);
    // Its offer over 36 months has the rate of the request, which is in a worse band.
    expect(offers.document['offers']).toMatchObject([
      { termMonths: 60 },
      { termMonths: 36, amountCents: 420_000, annualRateBasisPoints: 1_899 },
    ]);
    const { code, document } = await replayed(earlier.data);
    expect(document).toMatchObject({ same: 1, differ: 0, replayed: [{ applicationId: ID, result: 'SAME' }] });
    expect(code).toBe(0);
  } finally {
    earlier.remove();
    rmSync(folder, { recursive: true });
  }
});

describe('A period', () => {
  const since = (date: string) => ['--since', date];
  test('has the decisions of its days, and is written as CSV and as a page', async () => {
    const { document } = await replayed(bench.data);
    const [{ decidedOn }] = document['replayed'] as unknown as [{ decidedOn: string }];
    const within = await replayed(bench.data, ...since(decidedOn), '--until', decidedOn);
    expect(within.document['same']).toBe(1);
    expect((await replayed(bench.data, '--until', '2000-01-01')).document['replayed']).toEqual([]);
    expect((await replayed(bench.data, ...since('9999-01-01'))).document['replayed']).toEqual([]);
    const [csv, html] = [bench.path('replay.csv'), bench.path('replay.html')];
    await replayed(bench.data, '--this-release', '--csv', csv, '--html', html);
    const rows = readFileSync(csv, 'utf8').trim().split('\r\n');
    expect(rows[0]).toMatch(/^application,decided on,outcome,core/);
    expect(rows.slice(1).map((row) => row.split(',').slice(5, 8))).toEqual([
      ['DIFFERS', 'CORE', 'SCORE'],
      ['DIFFERS', 'CORE', 'POLICY'],
    ]);
    const page = readFileSync(html, 'utf8');
    expect(page).toMatch(/0 reproduced byte by byte, 1 not/);
    expect(page).not.toMatch(/<script|src=|href=/);
  });
});
