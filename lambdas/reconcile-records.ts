import {
  clock,
  events,
  evidence,
  evidenceLocks,
  evidenceStore,
  executions,
  identities,
  ledger,
  vault,
  workStore,
  workflows,
  lending,
} from '../adapters/compose/aws.ts';
import { contract, reconcileRecords } from '../audit/reconcile/reconcile-records.ts';
import { entry } from './entry.ts';

export const handler = entry('ReconcileRecords', contract, reconcileRecords, {
  ledger,
  evidence,
  evidenceStore,
  evidenceLocks,
  vault,
  identities,
  workStore,
  workflows,
  executions,
  events,
  clock,
  lending,
});
