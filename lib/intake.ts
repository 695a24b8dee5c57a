import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import type { UnderwritingFunction } from './underwriting-function.ts';
import type { UnderwritingWorkflow } from './underwriting-workflow.ts';
import { CALLER_WAITS, Every, type WorkflowFunctions } from './workflow-functions.ts';

export interface SubjectProps {
  readonly functions: WorkflowFunctions;
  readonly workflow: UnderwritingWorkflow;
}

/** Takes applications in and starts their executions. */
export class Intake extends Construct {
  readonly intake: UnderwritingFunction;

  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    const intake = functions.add('IntakeApplication', 'Takes an application in and starts its execution', {
      ...CALLER_WAITS,
      memorySize: 1_024,
    });
    ledger.grantAppend(intake);
    evidence.grantReadWrite(intake);
    vault.grantRead(intake);
    vault.grantCreate(intake);
    vault.grantIndex(intake);
    workStore.grantReadWrite(intake);
    // It writes the status, whose execution may have been stopped and redriven since it was started.
    workStore.grantRemove(intake);
    events.grantPublish(intake);
    workflow.grantStart(intake);
    this.intake = intake;

    const startAccepted = functions.addAsynchronous('StartAccepted', 'Starts what was accepted and never started', {
      // A few minutes of failed intakes at most. The next call takes what this one does not reach in its time.
      timeout: Duration.minutes(3),
    });
    ledger.grantRead(startAccepted);
    workStore.grantReadWrite(startAccepted);
    workStore.grantRemove(startAccepted);
    workStore.grantListQueues(startAccepted);
    events.grantPublish(startAccepted);
    workflow.grantStart(startAccepted);
    // A front end that lost its answer tries again within seconds; this is for the one that does not.
    new Every(this, 'AcceptedNotStarted', {
      fn: startAccepted,
      every: Duration.minutes(5),
      description: 'Look for accepted applications whose execution was never started',
      deadLetters: functions.deadLetters,
    });
  }
}
