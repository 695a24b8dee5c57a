import { Construct } from 'constructs';

import { CALLER_WAITS, type WorkflowFunctions } from './workflow-functions.ts';

/** Records switches, and which policies and models are in force. */
export class Governance extends Construct {
  constructor(scope: Construct, id: string, { functions }: { readonly functions: WorkflowFunctions }) {
    super(scope, id);
    const { ledger, workStore, evidence, events } = functions.records;
    const switches = functions.add(
      'SetSwitch',
      'Stops or resumes the automatic outcomes of a product, a policy or a model',
    );
    const policies = functions.add('GovernPolicy', 'Proposes, approves or withdraws a version of a policy');
    for (const made of [switches, policies]) {
      ledger.grantAppend(made);
      workStore.grantReadWrite(made);
    }
    // It reads the manifests of registered packages.
    evidence.grantRead(policies);
    // One whole processor, as ScoreApplication, because it runs each check of a package: 1,769 MB.
    const models = functions.add('GovernModel', 'Registers, promotes, rolls back or retires a model package', {
      memorySize: 1769,
      ...CALLER_WAITS,
    });
    ledger.grantAppend(models);
    workStore.grantReadWrite(models);
    // It counts the applications that the replaced package scored.
    workStore.grantList(models);
    evidence.grantReadWrite(models);
    events.grantPublish(models);
  }
}
