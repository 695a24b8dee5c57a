import { clock, events, evidenceLocks, identities, ledger, vault, workStore } from '../adapters/compose/aws.ts';
import { forgetApplicants } from '../app/retention/forget-applicants.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ForgetApplicants',
  forgetApplicants({
    ledger: ledger(),
    vault: vault(),
    identities: identities(),
    workStore: workStore(),
    evidenceLocks: evidenceLocks(),
    events: events(),
    clock: clock(),
  }),
);
