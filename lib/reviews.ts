import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import { CALLER_WAITS } from './workflow-functions.ts';

/** Records a person's decision on an application that waits, and shows the identity that its hold needs. */
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
    const readIdentity = functions.add('ReadHoldIdentity', 'Shows a reviewer the identity that a waiting hold needs');
    ledger.grantAppend(readIdentity);
    evidence.grantRead(readIdentity);
    vault.grantRead(readIdentity);
  }
}
