import * as z from 'zod';

import type { DeadLetters, CallQueue } from '../../adapters/ports.ts';
import type { Contract, UseCase } from '../contracts.ts';

/** Retries failed asynchronous calls. An operator runs it after the cause is fixed. */
export const contract = {
  input: z.unknown(),
  /** `kept`: dead letters that name no function of this deployment. A person must check them. */
  output: z.strictObject({ redriven: z.int().nonnegative(), kept: z.int().nonnegative() }),
} as const satisfies Contract;

export interface RedrivePorts {
  readonly deadLetters: DeadLetters;
  readonly callQueue: CallQueue;
  /** Names of the functions whose calls may be made again. */
  readonly redrivable: readonly string[];
}

/** As many as a call has time for; the next call goes on. */
const MAX_BATCHES = 200;

/**
 * Makes failed calls again. A letter is taken away once its call was handed over: one that fails again comes back to the
 * queue with its new cause. Functions bear to be called twice, so a redrive that died half-way is repeated.
 */
export function redriveDeadLetters({ deadLetters, callQueue, redrivable }: RedrivePorts): UseCase<typeof contract> {
  return async () => {
    let redriven = 0;
    let kept = 0;
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const letters = await deadLetters.receive();
      if (letters.length === 0) break;
      for (const letter of letters) {
        const { functionName, payload } = letter;
        if (functionName === undefined || !redrivable.includes(functionName)) {
          kept += 1;
          continue;
        }
        await callQueue.send(functionName, payload);
        await deadLetters.remove(letter);
        redriven += 1;
      }
    }
    return { redriven, kept };
  };
}
