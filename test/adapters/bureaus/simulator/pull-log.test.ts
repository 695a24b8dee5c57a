import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import {
  fileLog,
  readPullLog,
  workStoreLog,
  type Pull,
  type PullLog,
} from '../../../../adapters/bureaus/simulator/pull-log.ts';
import { simulatedBureau } from '../../../../adapters/bureaus/simulator/simulator.ts';
import type { WorkItem, WorkStore } from '../../../../adapters/ports.ts';
import { bureauRequest } from '../../../support/bureau-requests.ts';

const clock = { now: () => new Date('2026-03-02T10:00:00.000Z') };
const pull = (changes: Partial<Pull> = {}): Pull => ({
  reference: 'pull-0001',
  bureau: 'simulated',
  inquiry: 'HARD',
  posted: true,
  scenario: 'HIT',
  ...changes,
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pull-log-'));
  path = join(folder, 'made', 'pulls.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The port's rules over a map; pages of one item, so that every page is followed. */
function workStore(items = new Map<string, WorkItem>()): WorkStore & { items: Map<string, WorkItem> } {
  const refuse = () => Promise.reject(new Error('The pull log neither replaces nor removes.'));
  return {
    items,
    async create(item) {
      const key = `${item.pk}\n${item.sk}`;
      if (items.has(key)) return undefined;
      items.set(key, { ...item, version: 1 });
      return items.get(key);
    },
    async list(pk, { after } = {}) {
      const all = [...items.values()].filter((item) => item.pk === pk).sort((a, b) => (a.sk < b.sk ? -1 : 1));
      const rest = after === undefined ? all : all.filter((item) => item.sk > after);
      return { items: rest.slice(0, 1), ...(rest.length > 1 ? { next: rest[0]!.sk } : {}) };
    },
    get: async (pk, sk) => items.get(`${pk}\n${sk}`),
    replace: refuse,
    remove: refuse,
    listIndex: refuse,
    listKeys: refuse,
    scan: refuse,
  };
}

const kinds: [string, () => { log: PullLog; count: () => Promise<number> }][] = [
  [
    'a file',
    () => {
      const log = fileLog(path, clock);
      return { log, count: async () => (await readPullLog(path)).length };
    },
  ],
  [
    'the work store',
    () => {
      const store = workStore();
      return { log: workStoreLog(store, clock), count: async () => store.items.size };
    },
  ],
];

describe.each(kinds)('a pull log in %s', (_kind, make) => {
  test('has every append, equal ones too, also at once', async () => {
    const { log, count } = make();
    await log.append(pull());
    await log.append(pull());
    await Promise.all([log.append(pull()), log.append(pull()), log.append(pull({ reference: 'pull-0002' }))]);
    expect(await count()).toBe(5);
  });

  test('knows the references that were refused, and only those', async () => {
    const { log } = make();
    expect(await log.wasRefused('pull-0001')).toBe(false);
    await log.append(pull());
    await log.append(pull({ reference: 'pull-0002', posted: false }));
    expect(await log.wasRefused('pull-0001')).toBe(false);
    await log.append(pull({ posted: false }));
    expect(await log.wasRefused('pull-0001')).toBe(true);
    expect(await log.wasRefused('pull-0002')).toBe(true);
  });
});

describe('a pull log in a file', () => {
  test('keeps references, outcomes and instants, and nothing of the person', async () => {
    const request = bureauRequest('900-70-0123');
    const bureau = simulatedBureau({
      log: fileLog(path, clock),
      wait: async () => {},
      timeoutMs: 1000,
    });
    await bureau.pull(request);
    const text = readFileSync(path, 'utf8');
    expect(JSON.parse(text)).toEqual({ ...pull({ scenario: 'FRAUD_INITIAL' }), at: '2026-03-02T10:00:00.000Z' });
    const { address, ...identity } = request.consumer;
    for (const personal of [...Object.values(address), ...Object.values(identity)]) {
      expect(text.toUpperCase()).not.toContain(personal!.toUpperCase());
    }
  });

  test('writes only its own members, whatever else it is given', async () => {
    const more = { ...pull(), ...bureauRequest('900-01-0001') };
    await fileLog(path, clock).append(more);
    expect(Object.keys((await readPullLog(path))[0] ?? {})).toEqual([
      'reference',
      'bureau',
      'inquiry',
      'posted',
      'scenario',
      'at',
    ]);
  });

  test('is read by the next process, past a line that a crash tore', async () => {
    await fileLog(path, clock).append(pull({ posted: false }));
    appendFileSync(path, '{"reference":"pull-00');
    const next = fileLog(path, clock);
    await next.append(pull({ reference: 'pull-0003' }));
    expect((await readPullLog(path)).map(({ reference }) => reference)).toEqual(['pull-0001', 'pull-0003']);
    expect(await next.wasRefused('pull-0001')).toBe(true);
  });

  test('that cannot be written says so', async () => {
    writeFileSync(join(folder, 'made'), 'a file where the folder should be');
    await expect(fileLog(path, clock).append(pull())).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });
});
