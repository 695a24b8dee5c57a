import { ledger, evidence, identities, workStore, bureau } from '../adapters/compose/aws.ts';
import { pullBureauReport } from '../app/workflow/pull-bureau-report.ts';
import { lambdaHandler } from './handler.ts';

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
