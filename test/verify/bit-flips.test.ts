import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';

import { openRecords } from '../../cli/open-records.ts';
import type { Records } from '../../cli/records.ts';
import { verifyApplication, verifySealing } from '../../cli/verification.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { verifyFile } from '../../verify/verify-file.ts';
import { examplePath, underwright, workbench, type Workbench } from '../cli/program.ts';

jest.setTimeout(240_000);

const ID = 'decline-obligations';
let bench: Workbench;
const flipped = (bytes: Buffer, place: number, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(place) ^ (1 << bit), place);
  return copy;
};

beforeAll(async () => {
  bench = workbench();
  await underwright('submit', examplePath(ID), '--wait', '--data', bench.data);
  await underwright('seal', '--data', bench.data);
  await underwright(
    'export',
    ID,
    '--by',
    'r.vega',
    '--purpose',
    'Examination 2026-14',
    '--out',
    bench.path('.'),
    '--data',
    bench.data,
  );
  await underwright('seal', '--data', bench.data);
  bench.sql('PRAGMA wal_checkpoint(TRUNCATE)');
});
afterAll(() => bench.remove());

/** What the records say, whatever lies around them in the file. */
async function contents({ ledger, evidenceStore, sealLog }: Records): Promise<string> {
  const entries = await ledger.read(ID);
  const addresses = entries.flatMap(({ body }) =>
    ((body['evidence'] ?? []) as { address: string }[]).map(({ address }) => address),
  );
  const evidence = await Promise.all(
    addresses.map(async (address) => Buffer.from(await evidenceStore.get(address)).toString('hex')),
  );
  return canonicalJson([entries, evidence, await sealLog.seals(), await sealLog.heads()]);
}

describe('One bit flipped anywhere is found, or changed nothing that is recorded', () => {
  test('in an exported file', () => {
    const file = readFileSync(bench.path(`${ID}.decision.json`));
    const key = readFileSync(join(bench.data, 'seal-public.pem'), 'utf8');
    const same = canonicalJson(JSON.parse(file.toString()));
    const isFound = (text: string): boolean => {
      try {
        return verifyFile(text, key).some(({ holds }) => !holds);
      } catch {
        return true;
      }
    };
    expect(isFound(file.toString())).toBe(false);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(7), (place, bit) => {
        const text = flipped(file, place, bit).toString();
        if (!isFound(text)) expect(canonicalJson(JSON.parse(text))).toBe(same);
      }),
      { numRuns: 1000 },
    );
  });

  test('in the database of a data folder', async () => {
    const path = join(bench.data, 'underwright.sqlite');
    const whole = readFileSync(path);
    const copy = workbench(bench);
    const looked = async <T>(look: (records: Records) => Promise<T>): Promise<T> => {
      const records = await openRecords(copy);
      try {
        return await look(records);
      } finally {
        records.close();
      }
    };
    const isFound = () =>
      looked(async (records) => {
        const verified = await verifyApplication(records, ID);
        const { seals, faults } = await verifySealing(records);
        return !verified || verified.faults.length > 0 || faults.length > 0 || seals !== 2;
      }).catch(() => true);
    try {
      copyFileSync(path, join(copy.data, 'underwright.sqlite'));
      const before = await looked(contents);
      expect(await isFound()).toBe(false);
      let found = 0;
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (place, bit) => {
          writeFileSync(join(copy.data, 'underwright.sqlite'), flipped(whole, place, bit));
          if (await isFound()) found += 1;
          else expect(await looked(contents)).toBe(before);
        }),
        { numRuns: 300 },
      );
      expect(found).toBeGreaterThan(0);
    } finally {
      copy.remove();
    }
  });
});
