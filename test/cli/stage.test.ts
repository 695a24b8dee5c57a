import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

import type { JsonObject } from '../../domain/json.ts';
import { openUnderwriting } from '../../local/underwriting-process.ts';
import { examplePath, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

// 14 hours ahead of UTC: for most of a day its date is not the sandbox's date.
const TIME_ZONE = 'Pacific/Kiritimati';
const STAGE = readFileSync('stages/sandbox.yaml', 'utf8')
  .replace('Example Lender (sandbox)', 'Teapot Federal Credit Union')
  .replace('1 Sample Street', '9 Kettle Lane')
  .replace('America/Chicago', TIME_ZONE)
  .replace('STATE_LICENSEE', 'FEDERAL_CREDIT_UNION');

let bench: Workbench;
let stageFile: string;
beforeAll(async () => {
  bench = workbench();
  stageFile = bench.path('island.yaml');
  writeFileSync(stageFile, STAGE);
  const running = await openUnderwriting({ folder: bench.data, stageFile });
  await running.close();
  for (const id of ['approve-lowest-rate', 'approve-highest-rate', 'decline-by-model'])
    await underwright('submit', examplePath(id), '--wait', '--data', bench.data);
});
afterAll(() => bench.remove());

const statusOf = async (id: string): Promise<JsonObject> =>
  (await underwrightJson('status', id, '--data', bench.data)).document;

test('A data folder adopts a stage, and every later command uses its lender', async () => {
  const { mode } = statSync(join(bench.data, 'stage.yaml'));
  expect(mode & 0o777).toBe(0o600);
  // The same application that a licensee approves at 24.99 %: above the ceiling of 18 %, a person decides.
  expect(await statusOf('approve-lowest-rate')).toMatchObject({ outcome: 'APPROVE' });
  expect(await statusOf('approve-highest-rate')).toMatchObject({ status: 'IN_REVIEW' });
  const { decision } = await statusOf('approve-lowest-rate');
  expect(decision).toMatchObject({ timeZone: TIME_ZONE });
});

test('Its notices name the lender, and the agency that its type selects', async () => {
  const { out } = await underwright('notice', 'decline-by-model', '--by', 'r.vega', '--data', bench.data);
  expect(out).toContain('Teapot Federal Credit Union');
  expect(out).toContain('9 Kettle Lane');
  expect(out).toContain(
    'National Credit Union Administration, Office of Consumer Financial Protection, 1775 Duke Street',
  );
});

test('Its records verify and its decisions replay under the type that they were made with', async () => {
  expect(await underwright('verify', '--all', '--data', bench.data)).toMatchObject({ code: 0 });
  expect(await underwright('replay', '--all', '--data', bench.data)).toMatchObject({ code: 0 });
  // A later stage has another type of lender. The sealed results keep the earlier one.
  writeFileSync(stageFile, STAGE.replace('type: FEDERAL_CREDIT_UNION', 'type: BANK_EXPORT\n  agency: FRB'));
  const running = await openUnderwriting({ folder: bench.data, stageFile });
  await running.close();
  expect(await underwright('verify', '--all', '--data', bench.data)).toMatchObject({ code: 0 });
  expect(await underwright('replay', '--all', '--data', bench.data)).toMatchObject({ code: 0 });
  // Above the ceiling of the credit union, and below the placeholder of banks.
  await underwright('submit', examplePath('approve-middle-rate'), '--wait', '--data', bench.data);
  expect(await statusOf('approve-middle-rate')).toMatchObject({ outcome: 'APPROVE' });
});

test('A stage with a mistake is refused with a sentence', async () => {
  const wrong = bench.path('wrong.yaml');
  writeFileSync(wrong, STAGE.replace(TIME_ZONE, 'Kiritimati'));
  const { code, err } = await underwright('start', '--stage', wrong, '--data', bench.data);
  expect(code).toBe(2);
  expect(err).toContain('lender.timeZone is "Kiritimati", not a known time zone: give the IANA name');
  expect(err).not.toContain('    at ');
});
