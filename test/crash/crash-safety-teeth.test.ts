import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';

import { check } from './check.ts';
import { survive, type Death } from './lives.ts';
import type { Mutation } from './phases.ts';
import { randomFrom } from './random.ts';

const root = mkdtempSync(join(tmpdir(), 'underwright-crash-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The kinds of violation that are found when a part of the promise is taken away. */
async function violationsOf(mutation: Mutation | undefined, death: Death, kills: number): Promise<string[]> {
  const folder = join(root, mutation ?? 'whole');
  const { outside } = await survive({
    folder,
    kills,
    deaths: [death],
    random: randomFrom(1),
    ...(mutation && { mutation }),
  });
  const { violations } = await check(folder, outside);
  return [...new Set(violations.map((text) => text.split(' ')[0] ?? ''))];
}

describe('The crash test', () => {
  it('finds a second hard inquiry within 4 kills when pulls are not claimed', async () => {
    expect(await violationsOf('NO_CLAIM', 'bureau answered', 4)).toContain('PULLED_TWICE');
  }, 120_000);

  it('finds a lost submission within 4 kills when replies do not wait for their commit', async () => {
    expect(await violationsOf('REPLY_BEFORE_COMMIT', 'replied', 4)).toContain('ACKNOWLEDGED_LOST');
  }, 120_000);

  it('finds nothing where nothing is taken away', async () => {
    expect(await violationsOf(undefined, 'bureau answered', 4)).toEqual([]);
  }, 120_000);
});
