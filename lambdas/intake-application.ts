import { ledger, evidence, vault, identities, workStore, events, workflows, clock } from '../adapters/compose/aws.ts';
import { intakeApplication } from '../app/intake/intake-application.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'IntakeApplication',
  intakeApplication({
    ledger: ledger(),
    evidence: evidence(),
    vault: vault(),
    identities: identities(),
    workStore: workStore(),
    events: events(),
    workflows: workflows(),
    clock: clock(),
  }),
);
