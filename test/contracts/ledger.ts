import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { LedgerConflict, type Clock, type Ledger } from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';
import { eventOf, verifyChain, type LedgerEvent } from '../../domain/ledger/chain.ts';
import { manualClock } from '../support/manual-clock.ts';

export interface LedgerUnderTest {
  /** Another adapter on the same store. */
  open(clock: Clock): Ledger;
  /** Replaces text in a stored entry, behind the adapter's back. */
  damage(applicationId: string, sequence: number, from: string, to: string): Promise<void>;
  /** Keeps a stored entry under another event id than its own, behind the adapter's back. */
  displace(applicationId: string, sequence: number): Promise<void>;
  /** Removes a stored entry, behind the adapter's back. */
  remove(applicationId: string, sequence: number): Promise<void>;
  close(): Promise<void>;
}

export function ledgerEvent(applicationId: string, id: string, body: JsonObject = {}): LedgerEvent {
  return {
    id,
    applicationId,
    type: 'APPLICATION_SCORED',
    schemaVersion: 1,
    occurredAt: '2026-01-05T11:59:59.000Z',
    actor: 'system',
    body,
  };
}

/** What every ledger does. */
export function describeLedgerContract(name: string, make: () => Promise<LedgerUnderTest>): void {
  describe(`${name}: the ledger`, () => {
    let store: LedgerUnderTest;
    const clock = manualClock();
    let ledger: Ledger;
    let count = 0;
    const newApplication = () => `application-${(count += 1)}`;
    beforeAll(async () => {
      store = await make();
      ledger = store.open(clock);
    });
    afterAll(() => store.close());

    test('knows nothing of an unknown application', async () => {
      expect(await ledger.read('unknown-application')).toEqual([]);
      expect(await ledger.find('unknown-application', 'e1')).toBeUndefined();
    });

    test('chains events in the order of their appends and reads them back', async () => {
      const application = newApplication();
      const appended = [];
      for (const id of ['b', 'a', 'c']) appended.push(await ledger.append(ledgerEvent(application, id)));
      expect(appended.map(({ id, sequence }) => [id, sequence])).toEqual([
        ['b', 0],
        ['a', 1],
        ['c', 2],
      ]);
      expect(await ledger.read(application)).toEqual(appended);
      expect(verifyChain(application, appended)).toEqual([]);
      expect(await ledger.find(application, 'a')).toEqual(appended[1]);
      expect(await ledger.find(application, 'd')).toBeUndefined();
    });

    test('keeps applications apart, also when one id begins with the other', async () => {
      const application = newApplication();
      await ledger.append(ledgerEvent(application, 'e1'));
      await ledger.append(ledgerEvent(`${application}-b`, 'e1', { other: true }));
      expect(await ledger.read(application)).toHaveLength(1);
      expect((await ledger.find(`${application}-b`, 'e1'))?.body).toEqual({ other: true });
    });

    test('finds the entry of an earlier try instead of writing the event twice', async () => {
      const application = newApplication();
      const first = await ledger.append(ledgerEvent(application, 'e1', { score: 700, grade: 'B' }));
      await ledger.append(ledgerEvent(application, 'e2'));
      clock.advance(60_000);
      const again = await ledger.append(ledgerEvent(application, 'e1', { grade: 'B', score: 700 }));
      expect(again).toEqual(first);
      expect(await ledger.read(application)).toHaveLength(2);
    });

    test('refuses another event under the same id, and writes nothing', async () => {
      const application = newApplication();
      await ledger.append(ledgerEvent(application, 'e1', { score: 700 }));
      await expect(ledger.append(ledgerEvent(application, 'e1', { score: 701 }))).rejects.toThrow(LedgerConflict);
      expect(await ledger.read(application)).toHaveLength(1);
    });

    test('takes parallel appends of two adapters without a gap, a double or a broken link', async () => {
      const application = newApplication();
      const ledgers = [ledger, store.open(clock)];
      const events = Array.from({ length: 20 }, (_, n) => ledgerEvent(application, `e${n}`, { n }));
      const entries = await Promise.all(ledgers.flatMap((one) => events.map((event) => one.append(event))));
      const read = await ledger.read(application);
      expect(read).toHaveLength(20);
      expect(verifyChain(application, read)).toEqual([]);
      for (const [n, entry] of entries.entries()) {
        expect(eventOf(entry)).toEqual(events[n % 20]);
        expect(read[entry.sequence]).toEqual(entry);
      }
    });

    test('one of two different events with one id wins, the other is told', async () => {
      const application = newApplication();
      const tries = [1, 2].map((score) => ledger.append(ledgerEvent(application, 'e1', { score })));
      const results = await Promise.allSettled(tries);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const refused = results.find((result) => result.status === 'rejected');
      expect(refused?.reason).toBeInstanceOf(LedgerConflict);
      expect(await ledger.read(application)).toHaveLength(1);
    });

    test('does not let a machine with a slow clock go back in time', async () => {
      const application = newApplication();
      await ledger.append(ledgerEvent(application, 'e1'));
      const slow = store.open(manualClock('2026-01-05T11:00:00.000Z'));
      await slow.append(ledgerEvent(application, 'e2'));
      expect(verifyChain(application, await ledger.read(application))).toEqual([]);
    });

    test('keeps more entries than a page of any store, in order', async () => {
      const application = newApplication();
      const filler = 'x'.repeat(100_000);
      for (let n = 0; n < 15; n += 1) await ledger.append(ledgerEvent(application, `e${n}`, { filler }));
      const read = await ledger.read(application);
      expect(read.map(({ sequence }) => sequence)).toEqual([...Array(15).keys()]);
      expect(verifyChain(application, read)).toEqual([]);
      expect((await ledger.append(ledgerEvent(application, 'e14', { filler }))).sequence).toBe(14);
    });

    test('keeps every JSON body exactly', async () => {
      const application = newApplication();
      await fc.assert(
        fc.asyncProperty(
          fc.uuid(),
          fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
          async (id, body) => {
            const plain = JSON.parse(JSON.stringify(body)) as JsonObject;
            await ledger.append(ledgerEvent(application, id, plain));
            expect((await ledger.find(application, id))?.body).toEqual(plain);
          },
        ),
        { numRuns: 20 },
      );
      expect(verifyChain(application, await ledger.read(application))).toEqual([]);
    });

    test('tells every application, each once, and those of a period by when their entries were recorded', async () => {
      const [early, late] = [newApplication(), newApplication()];
      const told = async (period?: { after?: string; until?: string }) => {
        const found = await Array.fromAsync(ledger.applications(period));
        expect(new Set(found).size).toBe(found.length);
        return found.filter((id) => id === early || id === late).sort();
      };
      const before = clock.now().toISOString();
      clock.advance(1);
      for (const id of ['e1', 'e2']) await ledger.append(ledgerEvent(early, id));
      const between = clock.now().toISOString();
      // Into another month.
      clock.advance(40 * 86_400_000);
      await ledger.append(ledgerEvent(late, 'e1'));
      const after = clock.now().toISOString();
      expect(await told()).toEqual([early, late]);
      expect(await told({ after: before, until: between })).toEqual([early]);
      expect(await told({ after: between })).toEqual([late]);
      expect(await told({ after: between, until: after })).toEqual([late]);
      expect(await told({ until: before })).toEqual([]);
      expect(await told({ after })).toEqual([]);
      clock.advance(1);
      await ledger.append(ledgerEvent(early, 'e3'));
      expect(await told({ after })).toEqual([early]);
    });

    test('names entries that are kept where nobody looks for them', async () => {
      const application = newApplication();
      for (const id of ['e0', 'e1', 'e2']) await ledger.append(ledgerEvent(application, id));
      const faults = async () => (await ledger.examine(application)).map((each) => each.faults);
      expect(await faults()).toEqual([[], [], []]);
      await store.displace(application, 1);
      expect(await faults()).toEqual([[], ['INDEX_DIFFERS'], []]);
    });

    test.each([
      ['white space', '"actor"', ' "actor"'],
      ['a member twice', '{"actor"', '{"actor":"r.vega","actor"'],
      ['a member in another place', '"actor":"system",', ''],
    ])('refuses a text with %s, and examines the rest', async (_, from, to) => {
      const application = newApplication();
      for (const id of ['e0', 'e1', 'e2']) await ledger.append(ledgerEvent(application, id));
      await store.damage(application, 1, from, to);
      if (to === '') await store.damage(application, 1, '"body"', '"body":{},"actor":"system","body"');
      await expect(ledger.read(application)).rejects.toMatchObject({ name: 'LedgerDamaged' });
      const examined = await ledger.examine(application);
      expect(examined.map(({ faults }) => faults)).toEqual([[], ['ENTRY_TEXT_DIFFERS'], []]);
      expect(examined.every(({ entry }) => entry !== undefined)).toBe(true);
    });

    test('an entry changed in the store is found by its sequence', async () => {
      const application = newApplication();
      for (const id of ['e0', 'e1', 'e2']) await ledger.append(ledgerEvent(application, id, { outcome: 'DECLINE' }));
      await store.damage(application, 1, 'DECLINE', 'APPROVE');
      expect(verifyChain(application, await ledger.read(application))).toEqual([
        { fault: 'CHANGED_ENTRY', sequence: 1 },
      ]);
    });

    test('an entry removed from the store leaves a gap', async () => {
      const application = newApplication();
      for (const id of ['e0', 'e1', 'e2']) await ledger.append(ledgerEvent(application, id));
      await store.remove(application, 1);
      expect(verifyChain(application, await ledger.read(application))).toEqual([
        { fault: 'SEQUENCE_GAP', sequence: 2, expected: 1 },
        { fault: 'BROKEN_LINK', sequence: 2 },
      ]);
    });

    test('an entry that is no longer readable is named', async () => {
      const application = newApplication();
      await ledger.append(ledgerEvent(application, 'e0'));
      await store.damage(application, 0, '{', '<');
      await expect(ledger.read(application)).rejects.toMatchObject({ name: 'LedgerDamaged' });
      await expect(ledger.append(ledgerEvent(application, 'e1'))).rejects.toMatchObject({ name: 'LedgerDamaged' });
    });
  });
}
