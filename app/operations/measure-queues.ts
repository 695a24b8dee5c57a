import * as z from 'zod';

import type { Clock, Measure, WorkStore } from '../../adapters/ports.ts';
import type { Metric } from '../../domain/monitoring/metrics.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { Contract, UseCase } from '../contracts.ts';

/** Called on a schedule: nothing in its input matters. Measures what waits for a person, and for how long. */
export const contract = {
  input: z.unknown(),
  output: z.strictObject({ reviews: z.int().nonnegative(), attention: z.int().nonnegative() }),
} as const satisfies Contract;

export interface QueuePorts {
  readonly workStore: WorkStore;
  readonly clock: Clock;
  readonly measure: Measure;
}

/** Measures how many applications wait for a person, and how long the one that came first has waited. */
export function measureQueues({ workStore, clock, measure }: QueuePorts): UseCase<typeof contract> {
  return async () => {
    const reviews = await waiting(workStore, 'REVIEW');
    const attention = await waiting(workStore, 'ATTENTION');
    const now = clock.now().getTime();
    const age = (openedAt: string | undefined) =>
      openedAt === undefined ? 0 : Math.max(0, (now - Date.parse(openedAt)) / 1000);
    const gauge = (name: string, value: number, unit: Metric['unit']): Metric => ({
      name,
      value,
      unit,
      dimensions: {},
    });
    measure([
      gauge('ReviewsWaiting', reviews.count, 'Count'),
      gauge('OldestReviewAge', age(reviews.oldest), 'Seconds'),
      gauge('AttentionWaiting', attention.count, 'Count'),
      gauge('OldestAttentionAge', age(attention.oldest), 'Seconds'),
    ]);
    return { reviews: reviews.count, attention: attention.count };
  };
}

async function waiting(workStore: WorkStore, queue: 'REVIEW' | 'ATTENTION') {
  let count = 0;
  let oldest: string | undefined;
  let after: string | undefined;
  do {
    const page = await workStore.listKeys(keys.queue(queue), { limit: 1000, ...(after !== undefined && { after }) });
    // The index is in the order in which the tasks were opened.
    oldest ??= page.items[0]?.index?.sk.split('#')[0];
    count += page.items.length;
    after = page.next;
  } while (after !== undefined);
  return { count, oldest };
}
