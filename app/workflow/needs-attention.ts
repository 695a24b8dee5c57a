import * as z from 'zod';

import { attentionNeededStatement } from '../../domain/ledger/statements.ts';
import { evidenceAddress, stepInput, taskToken, type Contract, type UseCase } from '../contracts.ts';
import { openTask, type TaskPorts } from './open-task.ts';

export const contract = {
  input: z.strictObject({
    ...stepInput,
    taskToken,
    failure: z.strictObject({ state: z.string(), error: z.string(), cause: z.string() }),
    retryCount: z.int().nonnegative(),
  }),
  /** What the task token is answered with. */
  output: z.strictObject({ action: z.enum(['RESUME', 'REFER']), evidence: evidenceAddress }),
  answersLater: true,
} as const satisfies Contract;

/** Holds what no step could handle until an operator sends it on. */
export function needsAttention(ports: TaskPorts): UseCase<typeof contract> {
  return (called) => {
    const { failure, retryCount: tries } = called;
    return openTask(ports, called, { queue: 'ATTENTION', tries, ...attentionNeededStatement(failure, tries) });
  };
}
