import * as z from 'zod';

import type { Rescored } from './rescore.ts';

const counts = z.record(z.string(), z.int().nonnegative());

/** What a part of a batch, or the whole, came to. */
export const tally = z.strictObject({
  items: z.int().nonnegative(),
  /** Items without an outcome, by the name of what kept them from one. */
  failures: counts,
  /** Items by outcome. */
  champion: counts,
  candidate: counts,
  /** Items that both policies decided, by the two outcomes, `APPROVE DECLINE`; those that stay too. */
  matrix: counts,
});
export type Tally = z.infer<typeof tally>;

export function tallyOf(lines: readonly Rescored[]): Tally {
  const total: Tally = { items: lines.length, failures: {}, champion: {}, candidate: {}, matrix: {} };
  for (const line of lines) {
    if ('failure' in line) add(total.failures, line.failure.name, 1);
    else {
      const { champion, candidate } = line;
      add(total.champion, champion.outcome, 1);
      if (!candidate) continue;
      add(total.candidate, candidate.outcome, 1);
      add(total.matrix, `${champion.outcome} ${candidate.outcome}`, 1);
    }
  }
  return total;
}

export function sumOf(tallies: readonly Tally[]): Tally {
  const total: Tally = { items: 0, failures: {}, champion: {}, candidate: {}, matrix: {} };
  for (const one of tallies) {
    total.items += one.items;
    for (const part of ['failures', 'champion', 'candidate', 'matrix'] as const) {
      for (const [name, count] of Object.entries(one[part])) add(total[part], name, count);
    }
  }
  return total;
}

export const failedItems = ({ failures }: Tally): number =>
  Object.values(failures).reduce((sum, count) => sum + count, 0);

function add(to: Record<string, number>, name: string, count: number): void {
  to[name] = (to[name] ?? 0) + count;
}
