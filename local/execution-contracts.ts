import {
  type ExecutionContract,
  InvalidExecutionInput,
  InvalidName,
  InvalidOutput,
  ValidationException,
} from '@underwright/asl-engine';
import * as z from 'zod';

import type { Clock, Ledger } from '../adapters/ports.ts';
import { batchRequest, type Contract } from '../app/contracts.ts';
import { isGivenByIntake } from '../app/workflow/execution-input.ts';
import { personalDataIn, hasPersonalNumber } from '../domain/application/personal-data.ts';
import { readJson } from '../domain/json-text.ts';
import { loadFunction, namesOfKind } from '../lambdas/functions.ts';

/** The name of an error is a class's name, so it has no digits and no spaces. */
const endedWith = z.object({
  error: z
    .string()
    .regex(/^([A-Za-z][A-Za-z.]{0,79})?$/)
    .optional(),
  cause: z.literal('').optional(),
});

/** @throws ValidationException */
function requireNoText(failure: { readonly error?: string | undefined; readonly cause?: string | undefined }): void {
  if (endedWith.safeParse(failure).success) return;
  throw new ValidationException(
    'error must be a name of letters and dots, and cause must be absent: a history is never erased, and either could name a person. Record why outside of it.',
  );
}

/** An execution of the underwriting state machine takes the reference that intake gave, and its tokens take references. */
export async function underwritingContract(ledger: Pick<Ledger, 'read'>): Promise<ExecutionContract> {
  const waiting = new Map<string, Contract>();
  for (const name of namesOfKind('waiting')) waiting.set(name, (await loadFunction(name)).contract);
  return {
    async start({ name, input }) {
      if (await isGivenByIntake(ledger, name, input)) return;
      throw new InvalidExecutionInput(
        'Invalid State Machine Execution Input: name and input are not those of an application that IntakeApplication accepted. Invoke IntakeApplication with the application, then send applicationId and digest of its answer, under the name applicationId.',
      );
    },
    output(functionName, output) {
      const json = readJson(output);
      if (json.ok && waiting.get(functionName)?.output.safeParse(json.value).success) return;
      throw new InvalidOutput(
        'Invalid Output: it is not what the task waits for. Invoke CompleteTask, which seals it.',
      );
    },
    failure: requireNoText,
  };
}

/** A batch takes the name of a file and bounds. */
export function batchContract(clock: Clock): ExecutionContract {
  return {
    start({ name = '', input }) {
      const plain = (text: string) =>
        !hasPersonalNumber(text, false) && personalDataIn(text, clock.now().getUTCFullYear()).length === 0;
      if (!plain(name)) throw new InvalidName('Invalid Name: it looks like personal data. Leave it out.');
      const json = readJson(input);
      const texts = batchRequest.safeParse(json.ok ? json.value : undefined);
      if (texts.success && Object.values(texts.data).every((value) => typeof value !== 'string' || plain(value)))
        return;
      throw new InvalidExecutionInput(
        'Invalid State Machine Execution Input: it is no batch, or one of its texts looks like personal data. Send what docs/batch.md lists.',
      );
    },
    output() {
      throw new InvalidOutput('Invalid Output: a batch waits for no answer.');
    },
    failure: requireNoText,
  };
}
