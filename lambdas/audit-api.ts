import {
  clock,
  evidence,
  evidenceStore,
  exportSigner,
  identities,
  ledger,
  sealLog,
  vault,
  workflows,
} from '../adapters/compose/aws.ts';
import { auditApi } from '../http/audit-api.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'AuditApi',
  auditApi({
    clock: clock(),
    evidence: evidence(),
    evidenceStore: evidenceStore(),
    exportSigner: exportSigner(),
    identities: identities(),
    ledger: ledger(),
    sealLog: sealLog(),
    vault: vault(),
    workflows: workflows(),
  }),
);
