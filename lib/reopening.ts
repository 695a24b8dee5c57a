import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import { CALLER_WAITS } from './workflow-functions.ts';

/** Has a recorded decision made again by a new execution. */
export class Reopening extends Construct {
  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    const reopen = functions.add(
      'ReopenApplication',
      'Has a recorded decision made again, linked to the first',
      CALLER_WAITS,
    );
    ledger.grantAppend(reopen);
    evidence.grantRead(reopen);
    vault.grantRead(reopen);
    workStore.grantReadWrite(reopen);
    workStore.grantRemove(reopen);
    events.grantPublish(reopen);
    workflow.grantStart(reopen);
  }
}
