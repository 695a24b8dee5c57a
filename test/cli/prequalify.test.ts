import { writeFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { sampleNow } from '../support/samples.ts';
import { underwright, underwrightJson, workbench, type Workbench } from './program.ts';

let bench: Workbench;
beforeAll(() => {
  bench = workbench();
});
afterAll(() => bench.remove());

/** Writes an application that continues the quote of a sample. @returns its file. */
function continuedFile(sample: string, applicationId: string, changes: object = {}): string {
  const content = sampleNow(sample);
  const file = bench.path(`${applicationId}.json`);
  const prequalification = `prequal-${content.applicationId}`;
  writeFileSync(file, JSON.stringify({ ...content, applicationId, prequalification, ...changes }));
  return file;
}

/** Writes a request for a quote with the content of a sample. @returns its file. */
function requestFile(sample: string): string {
  const { applicationId, consents, ...content } = sampleNow(sample);
  const soft = (consents as { kind: string }[]).map((consent) => ({ ...consent, kind: 'SOFT_PULL' }));
  const file = bench.path(`${sample}.json`);
  writeFileSync(file, JSON.stringify({ ...content, prequalificationId: `prequal-${applicationId}`, consents: soft }));
  return file;
}
const on = () => ['--data', bench.data] as const;

test('A rate is quoted, a declined file has none, and the records of both verify, replay and reconcile', async () => {
  const quoted = await underwright('prequalify', requestFile('approve-lowest-rate'), ...on());
  expect([quoted.code, quoted.out]).toEqual([0, expect.stringMatching(/QUOTED\n {2}\$15,000\.00 over 36 months at /)]);
  const none = await underwrightJson('prequalify', requestFile('decline-bankruptcy'), ...on());
  expect(none).toMatchObject({ code: 0, document: { outcome: 'NO_QUOTE', offers: [] } });
  const less = { income: { annualGrossCents: 2_000_000 } };
  const kept = continuedFile('approve-lowest-rate', 'kept-0001');
  const changed = continuedFile('approve-lowest-rate', 'changed-0001', less);
  for (const file of [kept, changed])
    expect(await underwright('submit', file, '--wait', ...on())).toMatchObject({ code: 0 });
  const noticed = async (id: string) => (await underwright('notice', id, ...on())).out;
  expect(await noticed('kept-0001')).not.toContain('The rate that we quoted');
  expect(await noticed('changed-0001')).toContain('You stated other information: your income');
  expect(await underwright('verify', '--all', ...on())).toMatchObject({ code: 0 });
  expect(await underwright('replay', '--all', ...on())).toMatchObject({ code: 0 });
  // The first run brings the rows of retention, which the second compares with the ledger.
  for (const _ of [1, 2]) {
    const { document } = await underwrightJson('reconcile', ...on());
    expect(document).toMatchObject({ repaired: [], findings: [] });
  }
  expect(await underwright('verify', '--all', ...on())).toMatchObject({ code: 0 });
});

test('A file of several requests is refused, and the texts of consents are listed', async () => {
  const file = bench.path('several.jsonl');
  writeFileSync(file, '{}\n{}\n');
  expect(await underwright('prequalify', file, ...on())).toMatchObject({ code: 2 });
  const { out } = await underwright('consents', '--kind', 'SOFT_PULL', ...on());
  expect(out).toMatch(/^SOFT_PULL {2}2026-11, from 2026-01-01T00:00:00Z\nI authorize Example Lender/);
});
