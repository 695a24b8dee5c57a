import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Records } from '../../audit/records.ts';
import { verifySealing } from '../../audit/verify/seals.ts';
import { verifyApplication } from '../../audit/verify/verification.ts';
import { readDecision, readApplicationView } from '../../cli/application-view.ts';
import { openFolder } from '../../cli/data-folder.ts';
import { openRecords } from '../../cli/open-records.ts';
import type { Json } from '../../domain/json.ts';
import { evidenceOf, forgettingOf, retentionOf } from '../../domain/retention/retention.ts';
import { statusOf } from '../../domain/status.ts';
import { rechain, type Forged } from '../support/forging.ts';
import { LENDER } from '../support/lender.ts';
import { scaled } from '../support/scale.ts';
import { example, underwright, underwrightJson, workbench, type Workbench } from './program.ts';

jest.setTimeout(120_000);

const DECIDED = 'counteroffer-dti';
const WAITING = 'refer-approved';
const NOTE = 'As counsel asked on the telephone.';

let bench: Workbench;
let rows: Record<string, unknown>[];
beforeAll(async () => {
  bench = workbench();
  const running = await openFolder({ folder: bench.data });
  for (const id of [DECIDED, WAITING]) await running.invoke('IntakeApplication', example(id));
  await running.settled([DECIDED, WAITING]);
  await running.invoke('SetLegalHold', {
    applicationId: DECIDED,
    matter: 'CASE-1',
    on: true,
    by: 'it.ops',
    note: NOTE,
  });
  await running.invoke('SetSwitch', { kind: 'product', id: 'auto-loan', on: true, by: 'o.officer', note: NOTE });
  await running.close();
  rows = bench.sql('SELECT * FROM ledger_entries');
});
afterAll(() => bench.remove());

function restore(): void {
  bench.sql('DELETE FROM ledger_entries');
  const columns = ['id', 'application', 'sequence', 'event_id', 'entry'];
  bench.sql(
    `INSERT INTO ledger_entries (${columns.join(', ')})
     SELECT ${columns.map((name) => `value ->> '${name}'`).join(', ')} FROM json_each(?)`,
    JSON.stringify(rows),
  );
}

async function over<T>(run: (records: Records) => Promise<T>): Promise<T> {
  const records = await openRecords(bench);
  try {
    return await run(records);
  } finally {
    records.close();
  }
}

/** Every place in a value, as the names and indices that lead there. */
function placesIn(value: Json, place: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [place];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [place, ...members.flatMap(([name, member]) => placesIn(member, [...place, name]))];
}

type Mutation = { readonly at: number; readonly where: number; readonly to: Json | undefined };

/** Drops or replaces one value in one entry. What the chain itself says of the entry is made to fit. */
function mutate(entries: Forged[], { at, where, to }: Mutation): Forged[] {
  const entry = entries[at % entries.length]! as unknown as Record<string, Json>;
  const places = placesIn(entry as Json).filter((place) => place.length > 0);
  const place = places[where % places.length]!;
  const holder = place
    .slice(0, -1)
    .reduce<Json>((value, name) => (value as Record<string, Json>)[name]!, entry as Json);
  const name = place.at(-1)!;
  if (to === undefined) delete (holder as Record<string, Json>)[name];
  else (holder as Record<string, Json>)[name] = to;
  return entries;
}

const NAMED = /^(LedgerDamaged|EntryUnreadable|Evidence(Missing|Damaged)|Key(Missing|Destroyed)|IdentityMissing)$/;

/** @returns what a reader of one application threw, unless it names the damage. */
async function unnamed(read: () => unknown): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    return NAMED.test(name) ? undefined : `${name}: ${message}`;
  }
}

test('no change of one value in an entry makes a reader fail without a name, and every one that unreads it is named', async () => {
  const change = fc.record({
    id: fc.constantFrom(DECIDED, WAITING, 'control-switches'),
    at: fc.nat(40),
    where: fc.nat(400),
    to: fc.constantFrom<Json | undefined>(undefined, null, 5, -1.5, true, 'x', '', [], [null], {}, { a: [1] }),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ id, ...mutation }) => {
      restore();
      rechain(bench, id, (entries) => mutate(entries, mutation));
      await over(async (records) => {
        const verified = await verifyApplication(records, id);
        expect(verified?.entries).toBeGreaterThan(0);
        const { faults } = await verifySealing(records);
        // A command seals when it closes the folder, so a changed entry is a replaced one.
        expect(faults.filter(({ fault }) => !/^SEALED_ENTRY_REPLACED|^ENTRIES_CUT_OFF/.test(fault))).toEqual([]);
        const read = () => records.ledger.read(id);
        const readers: (() => unknown)[] = [
          () => readApplicationView(records, id),
          () => readDecision(records, id),
          async () => statusOf(await read()),
          async () => evidenceOf(await read()),
          async () => forgettingOf(await read()),
          async () => retentionOf(await read(), LENDER.timeZone),
        ];
        for (const reader of readers) expect(await unnamed(reader)).toBeUndefined();
        const unreadable = await unnamed(read).then(async () =>
          (await records.ledger.examine(id)).some(({ entry }) => entry === undefined),
        );
        if (unreadable) expect(verified?.faults.map(({ fault }) => fault)).toContain('ENTRY_UNREADABLE');
      });
    }),
    { numRuns: scaled(600, 20) },
  );
});

describe('an entry of an unknown type', () => {
  beforeAll(() => {
    restore();
    rechain(bench, DECIDED, (entries) => [
      ...entries,
      { ...entries.at(-1)!, id: 'unknown/1', type: 'NO_SUCH_TYPE', body: { from: ['a later release'] } },
    ]);
    const swapped = (entries: Forged[]) => [{ ...entries[0]!, type: 'NO_SUCH_TYPE' }];
    rechain(bench, 'control-switches', swapped);
  });

  test('is the one fault of its application, and the others are verified', async () => {
    const { code, document } = await underwrightJson('verify', '--all', '--data', bench.data);
    expect(code).toBe(1);
    const { verifications } = document as unknown as {
      verifications: { applicationId: string; faults: { fault: string; sequence: number | null }[] }[];
    };
    const faults = Object.fromEntries(
      verifications.map(({ applicationId, faults: found }) => [
        applicationId,
        found
          .map(({ fault, sequence }) => `${fault} ${sequence}`)
          .filter((name) => !name.startsWith('ENTRY_NOT_AUTHENTIC')),
      ]),
    );
    const newest = rows.length > 0 ? Number(bench.sql('SELECT max(sequence) AS n FROM ledger_entries')[0]?.['n']) : 0;
    expect(faults[DECIDED]).toEqual([`ENTRY_UNREADABLE ${newest}`]);
    expect(faults[WAITING]).toEqual([]);
    expect(faults['control-switches']).toContain('ENTRY_UNREADABLE 0');
  });

  test('stops no list, no report and no sweep', async () => {
    const place = ['--data', bench.data];
    for (const command of [
      ['list'],
      ['list', '--queue', 'review'],
      ['report', 'register'],
      ['sweep', '--dry-run'],
      ['status', DECIDED],
      ['retention', DECIDED],
      ['replay', '--all'],
      ['reconcile'],
    ]) {
      const { err } = await underwright(...command, ...place);
      expect([
        command,
        err.replaceAll(/[^\n]*(ExperimentalWarning|--trace-warnings|ENTRY_NOT_AUTHENTIC)[^\n]*\n/g, ''),
      ]).toEqual([command, '']);
    }
  });
});
