import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import { CALLER_WAITS } from './workflow-functions.ts';

/** Records what a person decides on an application that waits. */
export class Reviews extends Construct {
  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    const { ledger, workStore, vault, evidence } = functions.records;
    const completeTask = functions.add(
      'CompleteTask',
      'Answers the task token of an application that waits for a person',
      CALLER_WAITS,
    );
    ledger.grantAppend(completeTask);
    evidence.grantReadWrite(completeTask);
    vault.grantRead(completeTask);
    workStore.grantReadWrite(completeTask);
    workStore.grantRemove(completeTask);
    workflow.grantCompleteTask(completeTask);
  }
}
