import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import { CALLER_WAITS, Every } from './workflow-functions.ts';

/** Records how an applicant answers a decision, and that the conditions of an accepted offer are cleared or the time lapses. */
export class Offers extends Construct {
  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    const accept = functions.add(
      'AcceptOffer',
      "Records an applicant's choice of one offer on the terms of the day",
      CALLER_WAITS,
    );
    const clear = functions.add('ClearCondition', 'Records the evidence for a condition of a decision', CALLER_WAITS);
    const lapse = functions.addAsynchronous(
      'LapseOffers',
      'Records offers and incomplete applications that no applicant answered in time',
      {
        // The next call takes what this one does not reach in its time.
        timeout: Duration.minutes(3),
      },
    );
    const withdraw = functions.add('WithdrawApplication', 'Records that an applicant withdrew', CALLER_WAITS);
    withdraw.grantInvokes(functions.all);
    // A booking seals the contract of its day.
    for (const made of [accept, clear, lapse]) evidence.grantReadWrite(made);
    for (const made of [accept, clear, lapse, withdraw]) {
      ledger.grantAppend(made);
      vault.grantRead(made);
      workStore.grantReadWrite(made);
      workStore.grantRemove(made);
      events.grantPublish(made);
    }
    // They have a decision made again by a person.
    for (const made of [clear, lapse]) workflow.grantStart(made);
    // It seals the acknowledgment.
    evidence.grantReadWrite(withdraw);
    workStore.grantListQueues(lapse);
    new Every(this, 'OffersExpired', {
      fn: lapse,
      every: Duration.minutes(5),
      description: 'Look for offers and acceptances that lapsed, and for acceptances whose call died',
      deadLetters: functions.deadLetters,
    });
  }
}
