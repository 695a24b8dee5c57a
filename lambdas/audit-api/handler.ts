import { clock, evidence, identities, ledger, workflows } from '../../adapters/compose/aws.ts';
import { lambdaHandler } from '../handler.ts';
import { auditApi } from './audit-api.ts';

export const handler = lambdaHandler(
  'AuditApi',
  auditApi({
    clock: clock(),
    evidence: evidence(),
    identities: identities(),
    ledger: ledger(),
    workflows: workflows(),
  }),
);
