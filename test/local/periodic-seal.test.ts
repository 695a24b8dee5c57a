import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { sealPeriodically } from '../../local/periodic-seal.ts';

describe('A process on a data folder', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('seals at once and every five minutes, until it is stopped', async () => {
    let rounds = 0;
    const stop = await sealPeriodically(async () => (rounds += 1));
    expect(rounds).toBe(1);
    await jest.advanceTimersByTimeAsync(299_999);
    expect(rounds).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(rounds).toBe(2);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(rounds).toBe(4);
    stop();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(rounds).toBe(4);
  });

  test('starts also where the seal cannot be made, and tries again', async () => {
    let rounds = 0;
    const stop = await sealPeriodically(async () => {
      rounds += 1;
      throw new Error('The key is gone.');
    });
    await jest.advanceTimersByTimeAsync(300_000);
    expect(rounds).toBe(2);
    stop();
  });
});
