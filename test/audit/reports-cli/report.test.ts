import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { REPORTS } from '../../../audit/reports/index.ts';
import { csvLine } from '../../../documents/csv.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { examplePath, underwright, underwrightJson, workbench, type Workbench } from '../../cli/program.ts';

jest.setTimeout(240_000);

const EXAMPLES = [
  'counteroffer-dti',
  'decline-obligations',
  'refer-declined',
  'refer-no-file',
  'frozen-file',
  'line-approve',
];

let bench: Workbench;
const on = (...args: string[]) => underwright('report', ...args, '--data', bench.data);
const jsonOn = async (...args: string[]) => {
  const { document } = await underwrightJson('report', ...args, '--data', bench.data);
  return document as JsonObject & { rows: JsonObject[]; figures: { points: { values: number[] }[] }[] };
};

beforeAll(async () => {
  bench = workbench();
  for (const id of EXAMPLES) await underwright('submit', examplePath(id), '--wait', '--data', bench.data);
  const decline = ['--by', 'r.vega', '--action', 'DECLINE', '--reason', 'AA22'];
  await underwright(
    'review',
    'refer-declined',
    ...decline,
    '--note',
    'Inquiries unexplained: Orsolya said.',
    '--data',
    bench.data,
  );
});
afterAll(() => bench.remove());

describe('underwright report', () => {
  test('lists what there is', async () => {
    const { document } = await underwrightJson('report', '--data', bench.data);
    expect(document['reports']).toMatchObject(REPORTS.map(({ name, question }) => ({ name, question })));
    const { code, out } = await on();
    expect(code).toBe(0);
    for (const { name } of REPORTS) expect(out).toContain(name);
  });

  test('register has the applications of an outcome and a reason', async () => {
    const idsOf = async (...args: string[]) =>
      (await jsonOn('register', ...args)).rows.map(({ applicationId }) => applicationId as string).toSorted();
    const declines = await idsOf('--outcome', 'DECLINE');
    expect(declines).toEqual(['decline-obligations', 'refer-declined']);
    expect(await idsOf('--outcome', 'DECLINE', '--reason', 'AA22')).toEqual(['refer-declined']);
    expect(await idsOf('--outcome', 'APPROVE', '--reason', 'AA22')).toEqual([]);
    const { out } = await on('register', '--outcome', 'DECLINE', '--reason', 'AA22');
    expect(out).toContain('Only applications whose newest decision is DECLINE.\n');
    expect(out).toContain('Only applications whose newest decision has the reason AA22.\n');
    expect(await jsonOn('register', '--reason', 'AA22')).toMatchObject({ outcome: null, reason: 'AA22' });
    const { code, err } = await on('overrides', '--outcome', 'DECLINE');
    expect([code, err]).toEqual([2, expect.stringMatching(/^ReportUnclear: The report overrides takes no --outcome/)]);
  });

  test.each(REPORTS.map(({ name }) => name))(
    '%s is one document, a page that loads nothing and a table for a spreadsheet',
    async (name) => {
      const [csv, html] = [bench.path(`${name}.csv`), bench.path(`${name}.html`)];
      const { rows, figures, columns } = await jsonOn(name, '--csv', csv, '--html', html);
      const lines = readFileSync(csv, 'utf8').split('\r\n');
      expect(lines).toHaveLength(rows.length + 2);
      expect(lines[0]).toBe((columns as unknown as { name: string }[]).map((column) => column.name).join(','));
      expect(figures.length).toBeGreaterThan(0);
      const page = readFileSync(html, 'utf8');
      expect(page).not.toMatch(/<script|src=|href=|url\(/i);
      expect(page).toContain('<h2>How it is made</h2>');
      // Every drawing says what it shows, and its figures stand beside it.
      const drawings = page.match(/<svg/g)?.length ?? 0;
      expect(page.match(/<svg[^>]*role="img"[^>]*><title>[^<]+<\/title><desc>[^<]+<\/desc>/g) ?? []).toHaveLength(
        drawings,
      );
      expect(page.match(/<figure>[^]*?<table>[^]*?<\/figure>/g) ?? []).toHaveLength(figures.length);
      expect(statSync(csv).mode & 0o077).toBe(0);
      // Nobody is named, and no note of a reviewer is told.
      for (const text of [readFileSync(csv, 'utf8'), page])
        expect(text).not.toMatch(/Mudlark|Ferdinand|Orsolya|900-|@example/);
    },
  );

  test('has figures that were counted by hand', async () => {
    const { rows } = await jsonOn('register');
    expect(rows.map(({ applicationId, action, automated }) => [applicationId, action, automated])).toEqual([
      ['counteroffer-dti', 'OFFER_OPEN', true],
      ['decline-obligations', 'DENIED', true],
      ['refer-declined', 'DENIED', false],
      ['refer-no-file', 'UNDECIDED', true],
      ['frozen-file', 'UNDECIDED', true],
      ['line-approve', 'OFFER_OPEN', true],
    ]);
    expect(rows[0]).toMatchObject({
      requestedCents: 1_000_000,
      offeredCents: 580_000,
      reason1: expect.stringMatching(/^AA09 /),
    });
    expect((await jsonOn('overrides')).rows).toMatchObject([
      {
        applicationId: 'refer-declined',
        by: 'r.vega',
        from: 'REFER',
        to: 'DECLINE',
        direction: 'AGAINST_APPLICANT',
        reasons: 'AA22',
      },
    ]);
    expect((await jsonOn('credit-files')).rows.map(({ applicationId, status }) => [applicationId, status])).toEqual([
      ['refer-no-file', 'NO_HIT'],
      ['frozen-file', 'FROZEN'],
    ]);
    expect((await jsonOn('open-cases')).rows).toMatchObject([
      { applicationId: 'refer-no-file', status: 'IN_REVIEW', clock: 'IN_TIME', ageDays: 0 },
      { applicationId: 'frozen-file', status: 'IN_REVIEW' },
    ]);
    expect((await jsonOn('identity-holds')).rows).toMatchObject([
      { applicationId: 'frozen-file', holds: 'FILE_FROZEN', ageDays: 0, identityReads: 0, lastReadBy: null },
    ]);
    const reasons = (await jsonOn('reasons')).rows;
    expect(reasons.every(({ adverse }) => adverse === 3)).toBe(true);
  });

  test('is empty over a period in which nothing was', async () => {
    for (const name of ['register', 'alike']) {
      const { rows, from, to } = await jsonOn(name, '--from', '2020-01-01', '--to', '2020-12-31');
      expect([rows, from, to]).toEqual([[], '2020-01-01', '2020-12-31']);
    }
  });

  test('leaves out who was forgotten and says how many, and says who cannot be read', async () => {
    const damaged = workbench(bench);
    try {
      damaged.sql(
        `UPDATE vault_applications SET wrapped_key = NULL, identity = NULL, destroyed = 1 WHERE application_id = 'refer-no-file'`,
      );
      damaged.sql(
        `UPDATE evidence_objects SET bytes = zeroblob(80) WHERE lower(hex(address)) IN (SELECT json_extract(entry, '$.body.evidence[0].address')
         FROM ledger_entries WHERE json_extract(entry, '$.applicationId') = 'line-approve' AND json_extract(entry, '$.type') = 'DECISION_RECORDED')`,
      );
      const { code, document } = await underwrightJson('report', 'register', '--data', damaged.data);
      expect(code).toBe(1);
      expect(document).toMatchObject({ applications: 4, forgotten: 1, unreadable: ['line-approve'] });
      // What the ledger alone can say is said of everyone.
      const open = await underwrightJson('report', 'open-cases', '--data', damaged.data);
      expect(open).toMatchObject({ code: 0, document: { applications: 6, forgotten: 0 } });
    } finally {
      damaged.remove();
    }
  });

  test.each([
    ['an unknown name', ['everything'], 'There is no report everything'],
    [
      'a date that the calendar does not have',
      ['register', '--from', '2026-02-30'],
      "2026-02-30' is invalid. It must be a date of the calendar",
    ],
    [
      'a period that ends before it begins',
      ['register', '--from', '2026-02-01', '--to', '2026-01-01'],
      'exchange them',
    ],
  ])('refuses %s, and writes nothing', async (_, args, message) => {
    const csv = bench.path('refused.csv');
    const { code, err } = await on(...args, '--csv', csv);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(csv)).toBe(false);
  });

  test('says at once where a file cannot be written, and leaves no half of another behind', async () => {
    const args = ['register', '--csv', bench.path('half.csv'), '--html', bench.path('no/such/folder.html')];
    expect(await on(...args)).toMatchObject({
      code: 2,
      err: expect.stringContaining('folder.html cannot be written (ENOENT)'),
    });
    expect(readdirSync(bench.path('.')).filter((name) => name.startsWith('half') || name.endsWith('.part'))).toEqual(
      [],
    );
  });
});

test.each([
  ['a folder', (): string[] => ['--html', bench.path('.')]],
  ['one file for both', (): string[] => ['--csv', bench.path('both'), '--html', bench.path('both')]],
])('A report is not written to %s', async (_, args) => {
  expect(await on('register', ...args())).toMatchObject({ code: 2 });
  expect(readdirSync(bench.path('.')).filter((name) => name.startsWith('both') || name.endsWith('.part'))).toEqual([]);
});

describe('A line of CSV', () => {
  test.each([
    [['a', 1, null, true], 'a,1,,true\r\n'],
    [['a,b', 'say "x"', 'two\nlines'], '"a,b","say ""x""","two\nlines"\r\n'],
    [['=1+1', '+1', '-1', '@x', '\tx'], "'=1+1,'+1,'-1,'@x,'\tx\r\n"],
    [[-1], '-1\r\n'],
    [['=HYPERLINK("http://x")'], `"'=HYPERLINK(""http://x"")"\r\n`],
  ])('of %j', (cells, line) => expect(csvLine(cells)).toBe(line));
});
