import { clock, events, ledger, workflows, workStore } from '../adapters/compose/aws.ts';
import { startAccepted } from '../app/intake/start-accepted.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'StartAccepted',
  startAccepted({
    ledger: ledger(),
    workStore: workStore(),
    workflows: workflows(),
    events: events(),
    clock: clock(),
  }),
);
