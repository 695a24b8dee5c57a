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
  workflows,
  workStore,
} from '../adapters/compose/aws.ts';
import { reconcileRecords } from '../audit/reconcile/reconcile-records.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'ReconcileRecords',
  reconcileRecords({
    ledger: ledger(),
    evidence: evidence(),
    evidenceStore: evidenceStore(),
    evidenceLocks: evidenceLocks(),
    vault: vault(),
    identities: identities(),
    workStore: workStore(),
    workflows: workflows(),
    executions: executions(),
    events: events(),
    clock: clock(),
  }),
);
