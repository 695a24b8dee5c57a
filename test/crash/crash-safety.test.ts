import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { SCALE, scaled } from '../support/scale.ts';
import { check, HELD, type Found } from './check.ts';
import { AT_RANDOM, survive, type Death, type Outcome } from './lives.ts';
import { PHASES } from './phases.ts';
import { randomFrom } from './random.ts';

/** Two folders at once, each with a process of its own: two cores. */
const KILLS = scaled(2_020);
const seed = Number(process.env['UNDERWRIGHT_SEED']);

const root = mkdtempSync(join(tmpdir(), 'underwright-crash-'));
let expected: Found;
let lanes: { outcome: Outcome; found: Found }[];

const DEATHS: readonly Death[] = [...PHASES, AT_RANDOM];

const ofCase = (applicationId: string) => applicationId.replace(/^wave-\d+-/, '');

beforeAll(
  async () => {
    const random = randomFrom(seed);
    const run = async (name: string, kills: number, firstWave: number) => {
      const folder = join(root, name);
      const outcome = await survive({ folder, kills, firstWave, random });
      return { outcome, found: await check(folder, outcome.outside) };
    };
    expected = (await run('uninterrupted', 0, 0)).found;
    lanes = await Promise.all([run('left', Math.ceil(KILLS / 2), 1), run('right', Math.floor(KILLS / 2), 1)]);
    process.stdout.write(`${summaryOf(lanes.map(({ outcome }) => outcome))}\n`);
    // A life of the process takes up to 3 s.
  },
  Math.max(600_000, KILLS * 3_000),
);

afterAll(() => rmSync(root, { recursive: true, force: true }));

function killsOf(outcomes: readonly Outcome[], death: Death): number {
  return outcomes.reduce((sum, { deaths }) => sum + (deaths.get(death) ?? 0), 0);
}

function summaryOf(outcomes: readonly Outcome[]): string {
  const lines = DEATHS.map((death) => `  ${death.padEnd(24)} ${String(killsOf(outcomes, death)).padStart(4)}`);
  const applications = outcomes.reduce((sum, { outside }) => sum + outside.cases.size, 0);
  return [`Crash safety, UNDERWRIGHT_SEED=${seed}, ${applications} applications, killed`, ...lines].join('\n');
}

describe('An engine that is killed over and over', () => {
  it('comes, uninterrupted, to every kind of outcome and breaks no promise', () => {
    expect(expected.violations).toEqual([]);
    const isOpen = (outcome: string) => outcome.startsWith('RUNNING');
    const open = [...expected.outcomes].filter(([, outcome]) => isOpen(outcome)).map(([id]) => ofCase(id));
    // The lender's own failure supports no decline.
    expect(open).toEqual(['unreadable']);
    const decided = [...expected.outcomes.values()].filter((outcome) => !isOpen(outcome));
    const kinds = new Set(decided.map((outcome) => (JSON.parse(outcome) as unknown[])[0]));
    expect(kinds).toEqual(new Set(['APPROVE', 'COUNTEROFFER', 'DECLINE', 'NOT_OFFERED', 'INCOMPLETE']));
  });

  it('dies in every phase, between a write and its commit, and between a commit and the answer', () => {
    const outcomes = lanes.map(({ outcome }) => outcome);
    const missed = DEATHS.filter((death) => killsOf(outcomes, death) === 0);
    // With 20 kills, a phase is planned once or twice, and a life can end before the planned moment comes.
    expect(missed.length).toBeLessThanOrEqual(SCALE < 0.1 ? 3 : 0);
  });

  it('loses and doubles nothing: submissions, pulls, decisions, notices, steps, archives', () => {
    expect(lanes.flatMap(({ found }) => found.violations)).toEqual([]);
  });

  it('decides each application as if it had never died, or leaves it to a person because of its pull', () => {
    const decided = new Map([...expected.outcomes].map(([id, outcome]) => [ofCase(id), outcome]));
    for (const { found } of lanes) {
      for (const [id, outcome] of found.outcomes) {
        if (outcome !== HELD) expect([id, outcome]).toEqual([id, decided.get(ofCase(id))]);
      }
    }
  });

  it('leaves applications to a person only where the process died around a pull', () => {
    for (const { outcome, found } of lanes) {
      const held = [...found.outcomes.values()].filter((each) => each === HELD).length;
      const deaths = [...outcome.deaths.values()].reduce((sum, count) => sum + count, 0);
      // Up to six applications are under way at once, so one death may leave that many pulls ambiguous.
      expect(held).toBeLessThan(6 * deaths);
      expect(held).toBeLessThan(found.outcomes.size);
    }
  });
});
