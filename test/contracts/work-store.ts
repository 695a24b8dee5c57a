import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { WorkItem, WorkPage, WorkStore } from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';

export interface WorkStoreUnderTest {
  /** Another adapter on the same store. */
  open(): WorkStore;
  close(): Promise<void>;
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What every work store does. */
export function describeWorkStoreContract(name: string, make: () => Promise<WorkStoreUnderTest>): void {
  describe(`${name}: the work store`, () => {
    let under: WorkStoreUnderTest;
    let store: WorkStore;
    let count = 0;
    const newPk = () => `QUEUE#${(count += 1)}`;
    beforeAll(async () => {
      under = await make();
      store = under.open();
    });
    afterAll(() => under.close());

    async function created(item: Omit<WorkItem, 'version'>): Promise<WorkItem> {
      const made = await store.create(item);
      if (!made) throw new Error('an item with this key exists');
      return made;
    }

    async function everyPage<Item>(next: (after: string | undefined) => Promise<WorkPage<Item>>): Promise<Item[][]> {
      const pages: Item[][] = [];
      let after: string | undefined;
      do {
        const page = await next(after);
        pages.push(page.items);
        after = page.next;
      } while (after !== undefined);
      return pages;
    }

    test('creates an item once', async () => {
      const pk = newPk();
      expect(await store.create({ pk, sk: 'a', data: { n: 1 } })).toEqual({ pk, sk: 'a', version: 1, data: { n: 1 } });
      expect(await store.create({ pk, sk: 'a', data: { n: 2 } })).toBeUndefined();
      expect(await store.get(pk, 'a')).toEqual({ pk, sk: 'a', version: 1, data: { n: 1 } });
    });

    test('says undefined for what is not there', async () => {
      const pk = newPk();
      expect(await store.get(pk, 'a')).toBeUndefined();
      expect(await store.replace({ pk, sk: 'a', version: 1, data: {} })).toBeUndefined();
      expect(await store.remove({ pk, sk: 'a', version: 1, data: {} })).toBe(false);
      expect(await store.list(pk)).toEqual({ items: [] });
      expect(await store.listIndex(pk)).toEqual({ items: [] });
    });

    test('replaces only the version that was read', async () => {
      const first = await created({ pk: newPk(), sk: 'a', data: { state: 'OPEN' } });
      const second = await store.replace({ ...first, data: { state: 'CLAIMED' } });
      expect(second).toEqual({ ...first, version: 2, data: { state: 'CLAIMED' } });
      expect(await store.replace({ ...first, data: { state: 'STALE' } })).toBeUndefined();
      expect(await under.open().get(first.pk, 'a')).toEqual(second);
    });

    test('removes only the version that was read, and a new item starts at version 1', async () => {
      const first = await created({ pk: newPk(), sk: 'a', data: {} });
      const second = await store.replace(first);
      expect(await store.remove(first)).toBe(false);
      expect(second && (await store.remove(second))).toBe(true);
      expect(await store.get(first.pk, 'a')).toBeUndefined();
      expect(second && (await store.remove(second))).toBe(false);
      expect((await store.create({ pk: first.pk, sk: 'a', data: {} }))?.version).toBe(1);
    });

    test('scans every item once, page by page, with the index of each', async () => {
      const pk = newPk();
      const index = { pk: `${pk}-list`, sk: '2026-01-05' };
      const made = [];
      for (const sk of ['a', 'b', 'c', 'd', 'e']) {
        made.push(await created({ pk, sk, data: { sk }, ...(sk < 'c' && { index }) }));
      }
      const found = [];
      let after: string | undefined;
      do {
        const page = await store.scan({ limit: 2, ...(after !== undefined && { after }) });
        expect(page.items.length).toBeLessThanOrEqual(2);
        found.push(...page.items.filter((item) => item.pk === pk));
        after = page.next;
      } while (after !== undefined);
      expect(found.toSorted((a, b) => (a.sk < b.sk ? -1 : 1))).toEqual(made.map((item) => ({ ...item, sound: true })));
      await expect(store.scan({ after: 'no cursor' })).rejects.toThrow(RangeError);
    });

    test('lets one of many parallel creators and replacers win', async () => {
      const pk = newPk();
      const stores = [store, under.open()];
      const forty = Array.from({ length: 40 }, (_, n) => ({ store: stores[n % 2] as WorkStore, n }));
      const creations = await Promise.all(forty.map(({ store, n }) => store.create({ pk, sk: 'claim', data: { n } })));
      const [winner, ...others] = creations.filter((item) => item !== undefined);
      expect(others).toEqual([]);
      expect(await store.get(pk, 'claim')).toEqual(winner);
      const replaced = await Promise.all(
        forty.map(({ store, n }) => store.replace({ ...(winner as WorkItem), data: { n } })),
      );
      expect(replaced.filter((item) => item !== undefined)).toHaveLength(1);
      expect((await store.get(pk, 'claim'))?.version).toBe(2);
    });

    test('gives back every JSON value as it was put', async () => {
      const pk = newPk();
      await fc.assert(
        fc.asyncProperty(fc.uuid(), fc.jsonValue(), async (sk, value) => {
          const data = { value: JSON.parse(JSON.stringify(value)) as JsonObject };
          await store.create({ pk, sk, data });
          expect((await store.get(pk, sk))?.data).toEqual(data);
        }),
        { numRuns: 30 },
      );
    });

    test('keeps empty and large data', async () => {
      const pk = newPk();
      const large = { text: 'é'.repeat(150_000), empty: '', none: null, list: [] };
      await store.create({ pk, sk: 'large', data: large });
      await store.create({ pk, sk: 'none', data: {} });
      expect((await store.get(pk, 'large'))?.data).toEqual(large);
      expect((await store.get(pk, 'none'))?.data).toEqual({});
    });

    test('lists one pk in the order of the bytes of sk, whatever the keys', async () => {
      const keys = ['a', 'a#', 'a#1', 'A', 'Z', 'ä', 'z', '~', '\u{1F600}', '\uFFFD', ' ', '%', '_', '1', '10', '2'];
      const pk = newPk();
      for (const sk of keys) await store.create({ pk, sk, data: { sk } });
      await store.create({ pk: `${pk}0`, sk: 'other', data: {} });
      const ascending = keys.sort(byBytes);
      expect((await store.list(pk)).items.map(({ sk }) => sk)).toEqual(ascending);
      expect((await store.list(pk, { descending: true })).items.map(({ sk }) => sk)).toEqual(ascending.reverse());
    });

    test('pages through a list without loss or repetition, in both directions', async () => {
      const pk = newPk();
      const keys = Array.from({ length: 7 }, (_, n) => `k${n}`);
      await Promise.all(keys.map((sk) => store.create({ pk, sk, data: {} })));
      for (const [limit, sizes] of [
        [3, [3, 3, 1]],
        [7, [7]],
        [1, [1, 1, 1, 1, 1, 1, 1]],
      ] as const) {
        for (const descending of [false, true]) {
          const pages = await everyPage((after) => store.list(pk, { limit, descending, after }));
          expect(pages.map(({ length }) => length)).toEqual(sizes);
          const order = descending ? [...keys].reverse() : keys;
          expect(pages.flat().map(({ sk }) => sk)).toEqual(order);
        }
      }
    });

    test('lists pages of items larger than a megabyte together', async () => {
      const pk = newPk();
      const text = 'x'.repeat(300_000);
      for (const sk of ['1', '2', '3', '4', '5']) {
        await store.create({ pk, sk, index: { pk, sk: 'same' }, data: { text } });
      }
      expect((await store.list(pk)).items).toHaveLength(5);
      expect((await store.listIndex(pk, { limit: 5 })).items).toHaveLength(5);
    });

    test('lists an index in the order of its sk, then pk, then sk', async () => {
      const indexPk = newPk();
      const places: [string, string, string][] = [
        ['2026-01-02', 'B', '1'],
        ['2026-01-02', 'A', '2'],
        ['2026-01-02', 'A', '10'],
        ['2026-01-02#1', 'A', '1'],
        ['2026-01-01', 'Z', '1'],
        ['2026-01-0', 'Z', '0'],
      ];
      const prefix = `${indexPk}#`;
      for (const [indexSk, pk, sk] of places) {
        await store.create({ pk: prefix + pk, sk, index: { pk: indexPk, sk: indexSk }, data: {} });
      }
      await store.create({ pk: `${prefix}A`, sk: 'unlisted', data: {} });
      const order = ['2026-01-0|Z|0', '2026-01-01|Z|1', '2026-01-02|A|10', '2026-01-02|A|2', '2026-01-02|B|1'];
      const expected = [...order, '2026-01-02#1|A|1'];
      const place = ({ pk, sk, index }: WorkItem) => `${index?.sk}|${pk.slice(prefix.length)}|${sk}`;
      for (const limit of [1, 2, 6, 100]) {
        for (const descending of [false, true]) {
          const pages = await everyPage((after) => store.listIndex(indexPk, { limit, descending, after }));
          expect(pages.flat().map(place)).toEqual(descending ? [...expected].reverse() : expected);
          const bare = await everyPage((after) => store.listKeys(indexPk, { limit, descending, after }));
          expect(bare).toEqual(pages.map((page) => page.map(({ pk, sk, index }) => ({ pk, sk, index }))));
        }
      }
    });

    test('lists an index beyond a place, in both directions and page by page', async () => {
      const indexPk = newPk();
      const places = ['2026-01', '2026-01-02', '2026-01-02#a', '2026-01-02#b', '2026-01-03', '2026-02'];
      for (const [n, sk] of places.entries()) {
        for (const copy of ['x', 'y']) {
          await store.create({ pk: `${indexPk}#${n}`, sk: copy, index: { pk: indexPk, sk }, data: {} });
        }
      }
      const placesOf = (pages: WorkPage['items'][]) => [...new Set(pages.flat().map(({ index }) => index?.sk))];
      for (const beyond of [...places, '2026', '2026-01-02#', '2026-01-02~', '2027']) {
        for (const descending of [false, true]) {
          const expected = places.filter((sk) => (descending ? sk < beyond : sk > beyond));
          const pages = await everyPage((after) => store.listIndex(indexPk, { limit: 3, beyond, descending, after }));
          expect(placesOf(pages)).toEqual(descending ? expected.toReversed() : expected);
          expect(pages.flat()).toHaveLength(2 * expected.length);
          const bare = await everyPage((after) => store.listKeys(indexPk, { limit: 3, beyond, descending, after }));
          expect(bare.flat()).toEqual(pages.flat().map(({ pk, sk, index }) => ({ pk, sk, index })));
        }
      }
    });

    test('moves an item between indexes with its replacement, and out of them', async () => {
      const pk = newPk();
      const first = await created({ pk, sk: 'a', index: { pk: `${pk}#OPEN`, sk: '1' }, data: {} });
      const second = await store.replace({ ...first, index: { pk: `${pk}#DONE`, sk: '2' } });
      expect((await store.listIndex(`${pk}#OPEN`)).items).toEqual([]);
      expect((await store.listIndex(`${pk}#DONE`)).items).toEqual([second]);
      const { index: _, ...unlisted } = second as WorkItem;
      expect(await store.replace(unlisted)).toEqual({ ...unlisted, version: 3 });
      expect((await store.listIndex(`${pk}#DONE`)).items).toEqual([]);
    });

    test('refuses a limit that is no page, and a cursor that is none', async () => {
      for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
        await expect(store.list('QUEUE#1', { limit })).rejects.toThrow(/limit/);
        await expect(store.listIndex('QUEUE#1', { limit })).rejects.toThrow(/limit/);
      }
      for (const after of ['', 'x', Buffer.from('[1]').toString('base64url')]) {
        await expect(store.list('QUEUE#1', { after })).rejects.toThrow(/after/);
        await expect(store.listIndex('QUEUE#1', { after })).rejects.toThrow(/after/);
      }
    });
  });
}
