import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { Timers, type Timer } from '../../../packages/asl-engine/timers.ts';
import { ManualClock } from '../../local/support/manual-clock.ts';

describe('timers', () => {
  test('fire in order of their instants, moved and cleared ones included, whatever was done to them', () => {
    const change = fc.record({ timer: fc.nat(9), at: fc.option(fc.nat(1_000)) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const clock = new ManualClock(0);
        const timers = new Timers(clock);
        const fired: { timer: number; at: number }[] = [];
        const all = Array.from({ length: 10 }, (_, i): Timer => {
          const timer: Timer = { at: 0, slot: -1, fire: () => fired.push({ timer: i, at: timer.at }) };
          return timer;
        });
        const set = new Map<number, number>();
        for (const { timer, at } of changes) {
          if (at === null) {
            timers.clear(all[timer]!);
            set.delete(timer);
          } else {
            timers.set(all[timer]!, at);
            set.set(timer, at);
          }
          expect(timers.next).toBe(Math.min(...set.values()));
        }
        while (clock.skip()) {
          for (const { at } of fired) expect(at).toBeLessThanOrEqual(clock.now().getTime());
        }
        expect(new Map(fired.map(({ timer, at }) => [timer, at]))).toEqual(set);
        expect(fired.map(({ at }) => at)).toEqual([...set.values()].sort((a, b) => a - b));
        expect(timers.next).toBe(Infinity);
      }),
    );
  });

  test('that were stopped fire no more', () => {
    const clock = new ManualClock(0);
    const timers = new Timers(clock);
    timers.set({ at: 0, slot: -1, fire: () => expect('it').toBe('silent') }, 5);
    timers.stop();
    expect(clock.skip()).toBe(false);
  });
});
