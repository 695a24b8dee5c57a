import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { composeEmbedded } from '../adapters/compose/embedded.ts';
import { nextCase } from '../app/casework/next-case.ts';
import { syncCase } from '../app/work-items.ts';
import { countCases, listCases } from '../audit/list-cases.ts';
import { ledgerEvent } from '../domain/ledger/events.ts';
import { reviewAwaitedStatement } from '../domain/ledger/statements.ts';
import type { Measurement } from './support.ts';

const SIZES = [100, 1_000] as const;
const TRIES = 40;

type Embedded = ReturnType<typeof composeEmbedded>;

/** Opens a review of an invented application, as its ledger has it. */
async function openCase(embedded: Embedded, number: number): Promise<void> {
  const applicationId = `case-${number}`;
  const occurredAt = new Date(Date.now() - number * 1_000).toISOString();
  const evidence = [{ kind: 'application', address: 'a'.repeat(64), versionId: '1' }];
  const event = { applicationId, occurredAt, actor: 'system' };
  const received = { product: 'personal-loan', receivedOn: occurredAt.slice(0, 10), evidence };
  await embedded.ledger.append(
    ledgerEvent({ ...event, id: `${applicationId}/received`, type: 'APPLICATION_RECEIVED', body: received }),
  );
  // A review that an operator referred: the list needs no sealed policy result for its reason.
  const opened = { queue: 'REVIEW' as const, ...reviewAwaitedStatement('ATTENTION', 0) };
  await embedded.ledger.append(
    ledgerEvent({ ...event, id: `${applicationId}/AwaitReview`, type: 'REVIEW_AWAITED', body: opened }),
  );
  await syncCase(embedded, applicationId);
}

/** Runs some work again and again. @returns the median time of one, in ms. */
async function median(work: (number: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let number = 0; number < TRIES; number += 1) {
    const start = performance.now();
    await work(number);
    times.push(performance.now() - start);
  }
  return Number(times.toSorted((a, b) => a - b)[TRIES / 2]!.toFixed(2));
}

/** Milliseconds of the next case, of a page of 50 cases and of the counts, with 100 and with 1,000 open cases. */
export default async function cases(): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-cases-'));
  const embedded = composeEmbedded(folder, {});
  const figures: Record<string, number> = {};
  try {
    let opened = 0;
    for (const size of SIZES) {
      for (; opened < size; opened += 1) await openCase(embedded, opened);
      figures[`list_of_50_ms_with_${size}`] = await median(() => listCases(embedded, 'REVIEW', {}, { limit: 50 }));
      figures[`counts_ms_with_${size}`] = await median(() => countCases(embedded));
      const next = nextCase(embedded);
      figures[`next_ms_with_${size}`] = await median((number) => next({ by: `person-${size}-${number}`, hours: 1 }));
    }
  } finally {
    embedded.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { figures, peers: {} };
}
