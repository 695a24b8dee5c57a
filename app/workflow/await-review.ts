import * as z from 'zod';

import { reviewAwaitedStatement } from '../../domain/ledger/statements.ts';
import { evidenceAddress, stepInput, taskToken, type Contract, type UseCase } from '../contracts.ts';
import { openTask, type TaskPorts } from './open-task.ts';

export const contract = {
  input: z.strictObject({
    ...stepInput,
    taskToken,
    /** The policy result that asks for a person; null when an operator referred it. */
    policy: evidenceAddress.nullable(),
    stage: z.enum(['PRE_BUREAU', 'FULL', 'ATTENTION']),
    /** What failed, where an operator referred it. */
    failure: z.strictObject({ state: z.string(), error: z.string(), cause: z.string() }).nullable(),
    /** How often the review's deadline has passed. */
    escalation: z.int().nonnegative(),
  }),
  /** What the task token is answered with, not what the function returns. */
  output: z.strictObject({
    action: z.enum(['APPROVE', 'DECLINE', 'CLEAR', 'REPULL', 'TAKE_POSTED', 'REJECT']),
    evidence: evidenceAddress,
  }),
  answersLater: true,
} as const satisfies Contract;

/** Puts the application into the review queue; the review's answer comes through CompleteTask. */
export function awaitReview(ports: TaskPorts): UseCase<typeof contract> {
  return (called) => {
    const { stage, escalation } = called;
    return openTask(ports, called, {
      queue: 'REVIEW',
      tries: escalation,
      ...reviewAwaitedStatement(stage, escalation),
    });
  };
}
