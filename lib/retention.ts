import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { Every, type WorkflowFunctions } from './workflow-functions.ts';

/** Keeps records that a matter needs, and destroys the keys of applicants whose records no rule keeps. */
export class Retention extends Construct {
  constructor(scope: Construct, id: string, { functions }: { readonly functions: WorkflowFunctions }) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    // Two calls of S3 for each of some 20 objects, 50 ms each: 2 s. A case with years of reviews has more objects.
    const timeout = Duration.minutes(1);
    const hold = functions.add('SetLegalHold', 'Places or lifts a legal hold on an application', { timeout });
    const request = functions.add('RequestForgetting', "Records and answers an applicant's request to be forgotten", {
      timeout,
    });
    // 100 applications a call, each in half a second: 50 s.
    const forget = functions.addAsynchronous(
      'ForgetApplicants',
      'Destroys the keys of applicants whose records no rule keeps',
      { timeout: Duration.minutes(5) },
    );
    for (const made of [hold, request, forget]) {
      ledger.grantAppend(made);
      evidence.grantLock(made);
      workStore.grantReadWrite(made);
    }
    vault.grantForget(forget);
    workStore.grantRemove(forget);
    workStore.grantListQueues(forget);
    events.grantPublish(forget);
    new Every(this, 'RetentionOver', {
      fn: forget,
      every: Duration.hours(1),
      description: 'Look for applicants whose records no rule keeps any more',
      deadLetters: functions.deadLetters,
    });
  }
}
