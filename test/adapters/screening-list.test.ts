import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { readList } from '../../adapters/screening-list.ts';
import { nameWords } from '../../domain/names/words.ts';
import { searchable } from '../../domain/screening/search.ts';

const NULLS = '-0- ,'.repeat(7);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'underwright-list-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('A folder of the Treasury’s files is a list, whose version changes with its people', async () => {
  await expect(readList(join(folder, 'none'))).rejects.toThrow(/There is no folder .*: give the folder of SDN.CSV/);
  writeFileSync(join(folder, 'SDN.CSV'), `1,"KARBUNKEL, Zoltan","individual","X",${NULLS}"DOB 12 Jan 1965."\n`);
  await expect(readList(folder)).rejects.toThrow(/has no ALT.CSV: fetch all files/);
  writeFileSync(join(folder, 'alt.csv.gz'), gzipSync('1,11,"aka","MARROWBANE, Otto",-0- \n'));
  writeFileSync(join(folder, 'ADD.CSV'), '');
  const list = await readList(folder);
  expect(list.version).toMatch(/^[0-9a-f]{64}$/);
  const { words } = nameWords('Otto Marrowbane');
  expect(searchable(list).search({ words, born: '1965-01-12' })).toMatchObject([
    { entry: { id: '1' }, explanation: { name: 'ALIAS', dateOfBirth: { likeness: 'SAME_DAY' } } },
  ]);

  writeFileSync(join(folder, 'ADD.CSV'), '1,21,-0- ,-0- ,"Iran",-0- \n');
  expect((await readList(folder)).version).not.toBe(list.version);
  writeFileSync(join(folder, 'ADD.CSV'), '1,21\n');
  await expect(readList(folder)).rejects.toThrow(/has 1 faults: ADD.CSV, line 1: has 2 members/);
});
