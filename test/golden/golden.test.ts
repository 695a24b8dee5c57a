import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from '@jest/globals';

import { BIRTH_DATE_DOUBTED, KILL_SWITCH, referredBy } from '../../domain/policy/switched.ts';
import { decisionCore } from '../../domain/decision/core.ts';
import { replay as replayWith, type FrozenDecision, type ReplayPart } from '../../domain/decision/replay.ts';
import { loadArchive, type Archive } from '../support/release-archive.ts';

/**
 * By case and part: what the part comes to now, and why that is right although it was decided otherwise. Without `replayed`,
 * the part was made again by scripts/remake-golden.ts.
 */
type Explained = Record<string, Partial<Record<ReplayPart, { replayed?: string | null; because: string }>>>;

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));
const explained = read('explained.json') as Explained;
const cases = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.json') && name !== 'explained.json')
  .map((name) => name.slice(0, -'.json'.length));
const frozenCase = (name: string) => read(`${name}.json`) as FrozenDecision;

const replay = (decisions: readonly FrozenDecision[], { model, policy }: Archive) =>
  replayWith(decisions, { core: decisionCore(policy), model });

let archive: Archive;
beforeAll(async () => {
  archive = await loadArchive(join(import.meta.dirname, '..', '..'));
});

describe('A past decision comes out as it did, or the difference is explained', () => {
  test('over every outcome and product', () => {
    const decided = cases.map(frozenCase);
    expect(new Set(decided.map(({ decision }) => decision.outcome)).size).toBe(5);
    expect(new Set(decided.map(({ application }) => application.product)).size).toBe(3);
  });

  test.each(cases)('%s', async (name) => {
    const found = (await replay([frozenCase(name)], archive)).flat().map(({ part, replayed }) => [part, replayed]);
    const expected = Object.entries(explained[name] ?? {})
      .map(([part, { replayed }]) => [part, replayed])
      .filter(([, replayed]) => replayed !== undefined);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  test('with a reason in words for each', () => {
    for (const parts of Object.values(explained)) {
      for (const { because } of Object.values(parts)) expect(because.length).toBeGreaterThan(20);
    }
    expect(Object.keys(explained).filter((name) => !cases.includes(name))).toEqual([]);
  });
});

describe('A difference is named by what differs', () => {
  const frozen = () => frozenCase('approve-middle-rate');
  const named = async (changed: FrozenDecision, from: Archive = archive) =>
    (await replay([changed], from)).flat().map(({ part, differs, paths }) => ({ part, differs, paths }));

  test('the core, where all that it is given is the same', async () => {
    const { policy, ...rest } = frozen();
    if (!policy) throw new Error('The case has a full policy.');
    const recorded = { ...policy.recorded, schemaVersion: 2 as 1 };
    const differing = [{ part: 'POLICY', differs: 'CORE', paths: ['schemaVersion'] }];
    expect(await named({ ...rest, policy: { ...policy, recorded } })).toEqual(differing);
  });

  test('and a result that a kill switch sent to a person is made again as one', async () => {
    const { policy, ...rest } = frozen();
    if (!policy) throw new Error('The case has a full policy.');
    const recorded = referredBy(KILL_SWITCH, policy.recorded);
    const parts = (await named({ ...rest, policy: { ...policy, recorded } })).map(({ part }) => part);
    // Nobody reviewed it, so it comes to no decision.
    expect(parts).toEqual(['DECISION']);
  });

  test('and a file that a doubted date of birth sent to a person before the bureau is made again as one', async () => {
    const { preBureauPolicy, ...rest } = frozen();
    if (!preBureauPolicy) throw new Error('The case has a policy before the bureau.');
    const recorded = referredBy(BIRTH_DATE_DOUBTED, preBureauPolicy.recorded);
    expect(recorded.outcome).toBe('REFER');
    const parts = (await named({ ...rest, preBureauPolicy: { ...preBureauPolicy, recorded } })).map(({ part }) => part);
    expect(parts).toEqual([]);
  });

  test('the policy, where the one that it names is not archived', async () => {
    const without: Archive = { ...archive, policy: () => undefined };
    expect(await named(frozen(), without)).toEqual([
      { part: 'PRE_BUREAU_POLICY', differs: 'POLICY', paths: [] },
      { part: 'POLICY', differs: 'POLICY', paths: [] },
    ]);
  });

  test('the model, where the one that it names is not archived', async () => {
    const without: Archive = { ...archive, model: () => undefined };
    expect(await named(frozen(), without)).toEqual([{ part: 'SCORE', differs: 'MODEL', paths: [] }]);
  });

  test('the runtime, where another version gives another score', async () => {
    const other: Archive = {
      ...archive,
      model: (digest) => {
        const model = archive.model(digest);
        return (
          model && {
            ...model,
            runtime: 'onnxruntime-node 0.0.0',
            // Every margin alike, so the contributions stay and the score moves.
            margins: async (rows, shift) =>
              (await model.margins(rows, shift)).map((margin, row) => (row === 0 ? margin + 2e-5 : margin)),
          }
        );
      },
    };
    const [difference] = await named(frozen(), other);
    expect(difference).toMatchObject({ part: 'SCORE', differs: 'RUNTIME' });
    expect(difference?.paths).toContain('result.marginMicros');
  });

  test('the input, where what was sealed cannot make it', async () => {
    const [score, policy] = await named({ ...frozen(), pulled: null });
    expect(score).toEqual({ part: 'SCORE', differs: 'INPUT', paths: [] });
    expect(policy).toEqual({ part: 'POLICY', differs: 'INPUT', paths: [] });
  });

  test('the mode that a result says it was applied in is the one that it is replayed in', async () => {
    const { policy, ...rest } = frozen();
    if (!policy) throw new Error('The case has a full policy.');
    const inMode = (mode: 'sandbox' | 'production') =>
      named({ ...rest, policy: { ...policy, recorded: { ...policy.recorded, mode } } });
    expect(await inMode('sandbox')).toEqual([]);
    // Where no counsel confirmed a rate cap, production offers nothing.
    expect(await inMode('production')).toMatchObject([{ part: 'POLICY', differs: 'CORE' }]);
  });

  test('a cleared hold and a date count among the inputs', async () => {
    const { policy, ...rest } = frozenCase('fraud-alert-cleared');
    if (!policy) throw new Error('The case has a full policy.');
    expect(policy.cleared).not.toEqual([]);
    expect(await named({ ...rest, policy: { ...policy, cleared: [] } })).toMatchObject([
      { part: 'POLICY', differs: 'CORE' },
    ]);
    expect(await named({ ...rest, policy: { ...policy, asOf: '2026-01-02' } })).toMatchObject([
      { part: 'POLICY', differs: 'CORE' },
    ]);
  });
});
