import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { addDays } from '../../../domain/calendar.ts';
import {
  afterModelChange,
  championOn,
  EMPTY_REGISTRY,
  isChampionFrom,
  objectionTo,
  shadowsOn,
  type ModelChange,
  type Registry,
} from '../../../domain/models/registry.ts';
import { scaled } from '../../support/scale.ts';

const FIRST_DAY = '2026-12-01';
const DAYS = 6;
const dayOf = (number: number) => addDays(FIRST_DAY, number);
const PACKAGES = ['a', 'b', 'c'];
const PRODUCTS = ['personal-loan', 'credit-line'];

/** A command on a day, before it has an entry. */
type Asked = Readonly<{
  action: ModelChange['action'];
  digest: string;
  by: string;
  product: string;
  stage: 'SHADOW' | 'CHAMPION';
  /** Days from the day of the command; below 0 for a past day. */
  ahead: number;
}>;

const asked: fc.Arbitrary<Asked> = fc.record({
  action: fc.constantFrom('REGISTER', 'PROMOTE', 'PROMOTE', 'ROLLBACK', 'RETIRE'),
  digest: fc.constantFrom(...PACKAGES),
  by: fc.constantFrom('r.vega', 'm.diaz', 'o.ruiz'),
  product: fc.constantFrom(...PRODUCTS),
  stage: fc.constantFrom('CHAMPION', 'CHAMPION', 'SHADOW'),
  ahead: fc.integer({ min: -2, max: 3 }),
});

function changeOf({ action, digest, by, product, stage, ahead }: Asked, today: string, number: number): ModelChange {
  const of = { digest, model: digest, version: '1.0.0', by, at: `${today}T12:00:00.000Z`, entry: `models/${number}` };
  const placed = { product, purpose: 'default', stage } as const;
  switch (action) {
    case 'REGISTER':
      return { ...of, action, report: 'report' };
    case 'PROMOTE':
      return { ...of, ...placed, action, date: addDays(today, ahead) };
    case 'ROLLBACK':
      return { ...of, ...placed, action, date: today };
    case 'RETIRE':
      return { ...of, action, date: today };
  }
}

const championOf = (registry: Registry, product: string, date: string) =>
  championOn(registry, { product, purpose: 'default', date });
const everyDay = Array.from({ length: DAYS + 6 }, (_, number) => dayOf(number - 2));

/** Checks what holds between a registry and the one after an accepted change. */
function expectSound(before: Registry, after: Registry, change: ModelChange, today: string): void {
  for (const product of PRODUCTS) {
    for (const day of everyDay) {
      const found = championOf(after, product, day);
      if (day < today) expect(found?.digest).toBe(championOf(before, product, day)?.digest);
      if (day >= today && championOf(before, product, day)) expect(found).toBeDefined();
      if (!found) continue;
      const registered = after.packages.filter(({ digest }) => digest === found.digest);
      expect(registered).toHaveLength(1);
      expect(registered[0]!.registered.by).not.toBe(found.promoted.by);
      expect(found.effective <= day).toBe(true);
    }
  }
  if (change.action === 'ROLLBACK' && change.stage === 'CHAMPION') {
    const { digest, product } = change;
    const others = { ...before, promotions: before.promotions.filter((each) => each.digest !== digest) };
    expect(championOf(after, product, today)).toEqual(championOf(others, product, today));
  }
  if (change.action === 'RETIRE') expect(isChampionFrom(before, change.digest, today)).toBe(false);
}

test('In any order of changes, a champion has two officers, a rollback restores the one before, no day loses its champion, and no past day changes', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(asked, fc.nat({ max: 2 })), { minLength: 12, maxLength: 40 }), (commands) => {
      let registry = EMPTY_REGISTRY;
      let day = 0;
      for (const [command, pause] of commands) {
        day = Math.min(DAYS, day + (pause === 2 ? 1 : 0));
        const change = changeOf(command, dayOf(day), registry.promotions.length + registry.packages.length);
        if (objectionTo(registry, change, dayOf(day))) continue;
        const after = afterModelChange(registry, change);
        expectSound(registry, after, change, dayOf(day));
        registry = after;
        accepted += change.action === 'REGISTER' ? 0 : 1;
      }
    }),
    { numRuns: scaled(2_000, 30) },
  );
  // Most sequences reach promotions, so the property is not empty.
  expect(accepted).toBeGreaterThan(30);
});

describe('The champion of a day', () => {
  const made = (changes: readonly [Partial<Asked> & Pick<Asked, 'action' | 'digest'>, number][]): Registry =>
    changes.reduce((registry, [command, day], number) => {
      const by = command.action === 'REGISTER' ? 'r.vega' : 'm.diaz';
      const whole = { by, product: 'personal-loan', stage: 'CHAMPION', ahead: 0, ...command } as const;
      const change = changeOf(whole, dayOf(day), number);
      expect(objectionTo(registry, change, dayOf(day))).toBeUndefined();
      return afterModelChange(registry, change);
    }, EMPTY_REGISTRY);
  const REGISTERED: [Asked | { action: 'REGISTER'; digest: string }, number][] = [
    [{ action: 'REGISTER', digest: 'a' }, 0],
    [{ action: 'REGISTER', digest: 'b' }, 0],
  ];

  test('is the package with the latest effective date', () => {
    const registry = made([
      ...REGISTERED,
      [{ action: 'PROMOTE', digest: 'a' }, 0],
      [{ action: 'PROMOTE', digest: 'b', ahead: 3 }, 0],
    ]);
    expect([0, 2, 3].map((day) => championOf(registry, 'personal-loan', dayOf(day))?.digest)).toEqual(['a', 'a', 'b']);
    expect(championOf(registry, 'credit-line', dayOf(3))).toBeUndefined();
  });

  test('is the one before again from the day of a rollback, and the withdrawn one on the days before it', () => {
    const registry = made([
      ...REGISTERED,
      [{ action: 'PROMOTE', digest: 'a' }, 0],
      [{ action: 'PROMOTE', digest: 'b' }, 1],
      [{ action: 'ROLLBACK', digest: 'b' }, 2],
    ]);
    expect([0, 1, 2, 3].map((day) => championOf(registry, 'personal-loan', dayOf(day))?.digest)).toEqual([
      'a',
      'b',
      'a',
      'a',
    ]);
  });

  test('has a shadow beside it until that package is champion itself', () => {
    const registry = made([
      ...REGISTERED,
      [{ action: 'PROMOTE', digest: 'a' }, 0],
      [{ action: 'PROMOTE', digest: 'b', stage: 'SHADOW' }, 0],
      [{ action: 'PROMOTE', digest: 'b', ahead: 2 }, 0],
    ]);
    const shadows = (day: number) =>
      shadowsOn(registry, { product: 'personal-loan', purpose: 'default', date: dayOf(day) }).map(
        ({ digest }) => digest,
      );
    expect([shadows(1), shadows(2)]).toEqual([['b'], []]);
  });
});
