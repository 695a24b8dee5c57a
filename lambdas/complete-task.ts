import { changes, ledger, evidence, workStore, workflows, clock } from '../adapters/compose/aws.ts';
import { completeTask } from '../app/review/complete-task.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'CompleteTask',
  completeTask({
    ledger: ledger(),
    evidence: evidence(),
    workStore: workStore(),
    workflows: workflows(),
    clock: clock(),
    changes,
  }),
);
