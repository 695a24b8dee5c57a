import { describe, expect, test } from '@jest/globals';

import type { Clock } from '../../adapters/ports.ts';

/** What every clock does. */
export function describeClockContract(name: string, make: () => Clock): void {
  describe(`${name}: the clock`, () => {
    test('tells a valid instant', () => {
      expect(make().now().toISOString()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    test('gives each caller an instant of its own', () => {
      const clock = make();
      const first = clock.now();
      first.setUTCFullYear(1970);
      expect(clock.now().getUTCFullYear()).not.toBe(1970);
    });
  });
}
