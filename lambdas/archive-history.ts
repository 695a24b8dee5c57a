import { clock, events, evidence, identities, ledger, workflows, workStore } from '../adapters/compose/aws.ts';
import { contract, archiveHistory } from '../app/workflow/archive-history.ts';
import { entry } from './entry.ts';

export const handler = entry('ArchiveHistory', contract, archiveHistory, {
  ledger,
  evidence,
  identities,
  workflows,
  workStore,
  events,
  clock,
});
