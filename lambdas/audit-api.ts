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
  lending,
} from '../adapters/compose/aws.ts';
import { contract, auditApi } from '../http/audit-api.ts';
import { entry } from './entry.ts';

export const handler = entry('AuditApi', contract, auditApi, {
  clock,
  evidence,
  evidenceStore,
  exportSigner,
  identities,
  ledger,
  sealLog,
  vault,
  workflows,
  lending,
});
