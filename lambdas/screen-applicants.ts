import { ledger, evidence, identities, vault, workStore } from '../adapters/compose/aws.ts';
import { screenApplicants } from '../app/workflow/screen-applicants.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ScreenApplicants',
  screenApplicants({
    ledger: ledger(),
    evidence: evidence(),
    identities: identities(),
    vault: vault(),
    workStore: workStore(),
  }),
);
