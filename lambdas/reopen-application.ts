import { clock, events, evidence, ledger, workflows, workStore } from '../adapters/compose/aws.ts';
import { reopenApplication } from '../app/reopening/reopen-application.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ReopenApplication',
  reopenApplication({
    ledger: ledger(),
    evidence: evidence(),
    workStore: workStore(),
    events: events(),
    workflows: workflows(),
    clock: clock(),
  }),
);
