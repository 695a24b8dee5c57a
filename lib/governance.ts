import { Construct } from 'constructs';

import type { WorkflowFunctions } from './workflow-functions.ts';

/** Records switches, and which version of a policy is in force. */
export class Governance extends Construct {
  constructor(scope: Construct, id: string, { functions }: { readonly functions: WorkflowFunctions }) {
    super(scope, id);
    const { ledger, workStore } = functions.records;
    for (const made of [
      functions.add('SetSwitch', 'Stops or resumes the automatic outcomes of a product, a policy or a model'),
      functions.add('GovernPolicy', 'Proposes, approves or withdraws a version of a policy'),
    ]) {
      ledger.grantAppend(made);
      workStore.grantReadWrite(made);
    }
  }
}
