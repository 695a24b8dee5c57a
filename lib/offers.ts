import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { CALLER_WAITS, Every, type WorkflowFunctions } from './workflow-functions.ts';

/** Records how an applicant answers a decision: an offer is accepted, the application is withdrawn, or the time lapses. */
export class Offers extends Construct {
  constructor(scope: Construct, id: string, { functions }: { readonly functions: WorkflowFunctions }) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    const accept = functions.add(
      'AcceptOffer',
      "Records an applicant's choice of one offer and has it booked",
      CALLER_WAITS,
    );
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
    for (const made of [accept, lapse, withdraw]) {
      ledger.grantAppend(made);
      if (made !== withdraw) evidence.grantRead(made);
      vault.grantRead(made);
      workStore.grantReadWrite(made);
      workStore.grantRemove(made);
      events.grantPublish(made);
    }
    // It seals the acknowledgment.
    evidence.grantReadWrite(withdraw);
    workStore.grantListQueues(lapse);
    new Every(this, 'OffersExpired', {
      fn: lapse,
      every: Duration.minutes(5),
      description: 'Look for offers that no applicant accepted in time, and for acceptances whose call died',
      deadLetters: functions.deadLetters,
    });
  }
}
