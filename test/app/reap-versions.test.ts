import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import type { Versions, WorkflowVersion } from '../../adapters/ports.ts';
import { reapVersions } from '../../app/operations/reap-versions.ts';
import { KEPT_VERSIONS, REDRIVE_DAYS } from '../../app/operations/superseded.ts';
import { CONTRACTS } from '../support/contracts.ts';

const NOW = new Date('2026-06-01T00:00:00.000Z');
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:underwriting';
const functionVersion = (name: string, number: number) =>
  `arn:aws:lambda:us-east-1:000000000000:function:${name}:${number}`;
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();

interface World {
  readonly workflowVersions: readonly WorkflowVersion[];
  readonly functionVersions: readonly string[];
  readonly routed: readonly string[];
  readonly running: ReadonlySet<string>;
}

/** The port over a world that stands still, and what was deleted of it. */
function standing({ workflowVersions, functionVersions, routed, running }: World) {
  const deleted: string[] = [];
  const versions: Versions = {
    workflowVersions: async () => [...workflowVersions],
    routed: async () => [...routed],
    isRunning: async (arn) => running.has(arn),
    functionVersions: async () => [...functionVersions],
    deleteWorkflowVersion: async (arn) => void deleted.push(arn),
    deleteFunctionVersion: async (arn) => void deleted.push(arn),
  };
  return { versions, deleted };
}

async function reap(world: World) {
  const { versions, deleted } = standing(world);
  const output = await reapVersions({ versions, clock: { now: () => NOW } })({});
  expect(CONTRACTS.ReapVersions.output.parse(output)).toEqual(output);
  expect([...output.stateMachineVersions, ...output.functionVersions]).toEqual(deleted);
  return deleted;
}

/** Versions n..1 of the workflow, a month apart, version i calling the i-th version of one function. */
function history(count: number): World {
  const numbers = Array.from({ length: count }, (_, index) => count - index);
  return {
    workflowVersions: numbers.map((number) => ({
      arn: `${MACHINE}:${number}`,
      publishedAt: daysAgo(30 * (count - number) + 1),
      functionVersions: [functionVersion('ApplyPolicy', number)],
    })),
    functionVersions: numbers.map((number) => functionVersion('ApplyPolicy', number)),
    routed: [`${MACHINE}:${count}`],
    running: new Set(),
  };
}

describe('The reaper', () => {
  test('deletes an old version on which nothing runs, and what only that one called', async () => {
    expect(await reap(history(5))).toEqual([
      `${MACHINE}:2`,
      `${MACHINE}:1`,
      functionVersion('ApplyPolicy', 2),
      functionVersion('ApplyPolicy', 1),
    ]);
  });

  test('keeps all that a review of five months calls', async () => {
    const deleted = await reap({ ...history(6), running: new Set([`${MACHINE}:1`]) });
    expect(deleted).not.toContain(`${MACHINE}:1`);
    expect(deleted).not.toContain(functionVersion('ApplyPolicy', 1));
    expect(deleted).toContain(functionVersion('ApplyPolicy', 2));
  });

  test('keeps the versions to which a deployment may go back, and the one that the alias still routes to', async () => {
    const deleted = await reap({ ...history(6), routed: [`${MACHINE}:6`, `${MACHINE}:1`] });
    expect(deleted).toEqual(
      [3, 2].map((number) => `${MACHINE}:${number}`).concat([3, 2].map((n) => functionVersion('ApplyPolicy', n))),
    );
  });

  test('leaves alone what a deployment under way has published and no workflow calls yet', async () => {
    const world = history(4);
    const deleted = await reap({
      ...world,
      functionVersions: [
        functionVersion('ApplyPolicy', 6),
        functionVersion('ApplyPolicy', 5),
        ...world.functionVersions,
      ],
    });
    expect(deleted).toEqual([`${MACHINE}:1`, functionVersion('ApplyPolicy', 1)]);
  });

  test('deletes nothing where nothing was ever published', async () => {
    expect(await reap({ workflowVersions: [], functionVersions: [], routed: [], running: new Set() })).toEqual([]);
  });
});

const world: fc.Arbitrary<World> = fc
  .array(
    fc.record({
      age: fc.integer({ min: 0, max: 90 }),
      calls: fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.integer({ min: 1, max: 9 })), { maxLength: 3 }),
      routed: fc.boolean(),
      running: fc.boolean(),
    }),
    { maxLength: 9 },
  )
  .map((made) => {
    const sorted = made.toSorted((one, other) => one.age - other.age);
    const arnOf = (index: number) => `${MACHINE}:${sorted.length - index}`;
    const where = (of: (one: (typeof made)[number]) => boolean) =>
      sorted.flatMap((one, index) => (of(one) ? [arnOf(index)] : []));
    return {
      workflowVersions: sorted.map(({ age, calls }, index) => ({
        arn: arnOf(index),
        publishedAt: daysAgo(age),
        functionVersions: calls.map(([name, number]) => functionVersion(name, number)),
      })),
      functionVersions: ['A', 'B', 'C'].flatMap((name) =>
        Array.from({ length: 9 }, (_, index) => functionVersion(name, index + 1)),
      ),
      routed: where(({ routed }) => routed),
      running: new Set(where(({ running }) => running)),
    };
  });

describe('Whatever was published', () => {
  test('no version is deleted that an execution runs on, may be started on, or may be redriven on', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const deleted = await reap(given);
        const { workflowVersions, routed, running } = given;
        for (const arn of [...routed, ...running]) expect(deleted).not.toContain(arn);
        for (const { arn } of workflowVersions.slice(0, KEPT_VERSIONS)) expect(deleted).not.toContain(arn);
        for (const [index, { arn }] of workflowVersions.entries()) {
          const replacedAt = workflowVersions[index - 1]?.publishedAt ?? NOW.toISOString();
          if (replacedAt >= daysAgo(REDRIVE_DAYS)) expect(deleted).not.toContain(arn);
        }
      }),
    );
  });

  test('no function version is deleted that a version that stays calls; reaping again finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const deleted = await reap(given);
        const gone = new Set(deleted);
        const staying = given.workflowVersions.filter(({ arn }) => !gone.has(arn));
        for (const called of staying.flatMap(({ functionVersions }) => functionVersions))
          expect(deleted).not.toContain(called);
        const after = {
          ...given,
          workflowVersions: staying,
          functionVersions: given.functionVersions.filter((arn) => !gone.has(arn)),
        };
        // A version whose successor is gone was replaced later than before: it may have to wait, never to go.
        expect((await reap(after)).filter((arn) => arn.includes(':function:'))).toEqual([]);
      }),
    );
  });
});
