import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import { Every } from './workflow-functions.ts';

/** Compares ledger, evidence, executions and lists, and repairs what it may. */
export class Reconciliation extends Construct {
  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    const reconcile = functions.addAsynchronous(
      'ReconcileRecords',
      'Compares ledger, evidence, executions and lists with each other',
      {
        // 200 applications and 100 evidence objects a call. A history that is archived late needs ArchiveHistory's memory.
        memorySize: 1_769,
        timeout: Duration.minutes(10),
      },
    );
    ledger.grantAppend(reconcile);
    ledger.grantList(reconcile);
    evidence.grantReadWrite(reconcile);
    evidence.grantLock(reconcile);
    vault.grantRead(reconcile);
    // It compares every row with the ledger, by the person's keyed digest, too.
    vault.grantIndex(reconcile);
    workStore.grantReadWrite(reconcile);
    workStore.grantList(reconcile);
    workStore.grantScan(reconcile);
    workStore.grantRemove(reconcile);
    events.grantPublish(reconcile);
    workflow.grantReadHistory(reconcile);
    workflow.grantStart(reconcile);
    new Every(this, 'RecordsDrift', {
      fn: reconcile,
      every: Duration.minutes(15),
      description: 'Look for differences between ledger, evidence, executions and lists',
      deadLetters: functions.deadLetters,
    });
  }
}
