import * as z from 'zod';

import type { Clock } from '../../adapters/ports.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { Contract, UseCase } from '../contracts.ts';
import {
  receivedEventId,
  startAccepted as startOne,
  startReopened,
  type StartPorts,
} from '../workflow/start-execution.ts';

/** Called on a schedule: nothing in its input matters. */
export const contract = {
  input: z.unknown(),
  /** `failed` ones stay on the list for the next call. */
  output: z.strictObject({ started: z.int().nonnegative(), failed: z.int().nonnegative() }),
} as const satisfies Contract;

export interface StartAcceptedPorts extends StartPorts {
  readonly clock: Clock;
}

/** Longer than any call lives: what is listed since before then, and is not in the ledger, never will be. */
const ABANDONED_MS = 3_600_000;

/**
 * Starts what was accepted or reopened and not started, because its call died and its front end never came back. Run on a
 * schedule, and when a process on one machine starts. One that cannot be started keeps no other from it.
 */
export function startAccepted(ports: StartAcceptedPorts): UseCase<typeof contract> {
  return async () => {
    let started = 0;
    let failed = 0;
    let after: string | undefined;
    do {
      const page = await ports.workStore.listIndex(keys.starting, after === undefined ? {} : { after });
      for (const item of page.items) {
        const { applicationId } = item.data as { applicationId: string };
        const reopening = item.sk === keys.reopening(applicationId).sk;
        const entry = reopening
          ? (await ports.ledger.read(applicationId)).findLast(({ type }) => type === 'DECISION_REOPENED')
          : await ports.ledger.find(applicationId, receivedEventId(applicationId));
        const since = item.index?.sk.split('#')[0] ?? '';
        // Without an entry it was never accepted or reopened: nobody was told that it was.
        if (!entry || (reopening && entry.occurredAt < since)) {
          const age = ports.clock.now().getTime() - Date.parse(since);
          if (reopening && age > ABANDONED_MS) await ports.workStore.remove(item);
          continue;
        }
        try {
          await (reopening ? startReopened(ports, entry) : startOne(ports, entry));
          started += 1;
        } catch {
          failed += 1;
        }
      }
      after = page.next;
    } while (after !== undefined);
    return { started, failed };
  };
}
