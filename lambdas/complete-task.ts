import { changes, clock, evidence, ledger, lending, workStore, workflows } from '../adapters/compose/aws.ts';
import { contract, completeTask } from '../app/review/complete-task.ts';
import { entry } from './entry.ts';

export const handler = entry('CompleteTask', contract, completeTask, {
  ledger,
  evidence,
  workStore,
  workflows,
  clock,
  changes,
  lending,
});
