import { clock, events, evidence, identities, ledger, workflows } from '../adapters/compose/aws.ts';
import { archiveHistory } from '../app/workflow/archive-history.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ArchiveHistory',
  archiveHistory({
    ledger: ledger(),
    evidence: evidence(),
    identities: identities(),
    workflows: workflows(),
    events: events(),
    clock: clock(),
  }),
);
