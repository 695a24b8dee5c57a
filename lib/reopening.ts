import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import { CALLER_WAITS } from './workflow-functions.ts';

/** Has a recorded decision made again by a new execution, as it was or of an amended application. */
export class Reopening extends Construct {
  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    const reopen = functions.add(
      'ReopenApplication',
      'Has a recorded decision made again, linked to the first',
      CALLER_WAITS,
    );
    const amend = functions.add('AmendApplication', 'Completes or corrects an application', CALLER_WAITS);
    evidence.grantRead(reopen);
    evidence.grantReadWrite(amend);
    for (const made of [reopen, amend]) {
      ledger.grantAppend(made);
      vault.grantRead(made);
      workStore.grantReadWrite(made);
      workStore.grantRemove(made);
      events.grantPublish(made);
      workflow.grantStart(made);
    }
  }
}
