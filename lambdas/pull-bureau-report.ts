import { ledger, evidence, identities, workStore, bureau } from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { pullBureauReport } from '../app/workflow/pull-bureau-report.ts';

export const handler = lambdaHandler(
  'PullBureauReport',
  pullBureauReport({
    ledger: ledger(),
    evidence: evidence(),
    identities: identities(),
    workStore: workStore(),
    bureau: bureau(),
  }),
);
