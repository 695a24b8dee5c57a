import { bureau, evidence, identities, ledger, workStore, lending } from '../adapters/compose/aws.ts';
import { contract, pullBureauReport } from '../app/workflow/pull-bureau-report.ts';
import { entry } from './entry.ts';

export const handler = entry('PullBureauReport', contract, pullBureauReport, {
  ledger,
  evidence,
  identities,
  workStore,
  bureau,
  lending,
});
