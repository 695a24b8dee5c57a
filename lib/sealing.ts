import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { Every, type WorkflowFunctions } from './workflow-functions.ts';

/** Signs new entries of the ledger. SealLedger alone may sign with the seal key. */
export class Sealing extends Construct {
  constructor(scope: Construct, id: string, { functions }: { readonly functions: WorkflowFunctions }) {
    super(scope, id);
    const { ledger, evidence, events, sealKey } = functions.records;
    const seal = functions.addAsynchronous('SealLedger', 'Signs what the ledger took in since the last seal', {
      // A million applications that grew in a day, 32 at once: some 5 minutes. Their heads take some 300 MB.
      memorySize: 1_769,
      timeout: Duration.minutes(15),
    });
    ledger.grantAppend(seal);
    ledger.grantList(seal);
    // The heads that a seal is over.
    evidence.grantReadWrite(seal);
    events.grantPublish(seal);
    sealKey.grantSign(seal);
    new Every(this, 'LedgerGrown', {
      fn: seal,
      every: Duration.minutes(5),
      description: 'Seal what the ledger took in since the last seal',
      deadLetters: functions.deadLetters,
    });
  }
}
