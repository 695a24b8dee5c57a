import { Duration, Lazy } from 'aws-cdk-lib';
import { AccountRootPrincipal, Role, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import { acknowledgeOwnPolicy } from './security-checks.ts';
import type { Grantee, UnderwritingFunction } from './underwriting-function.ts';
import type { WorkflowFunctions } from './workflow-functions.ts';

/**
 * The auditor's role, which people of the account may assume where the account lets them. It reads only: two functions record
 * exports and reads of personal data. It collects the settings by which the commands of `underwright --aws` find the records.
 */
export class Auditor extends Construct implements Grantee {
  readonly grantPrincipal: IPrincipal;
  readonly role: Role;
  readonly #settings = new Map<string, string>();

  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      description: 'Underwright: reads records, verifies them and takes decision files out',
      assumedBy: new AccountRootPrincipal(),
      maxSessionDuration: Duration.hours(1),
    });
    this.grantPrincipal = this.role;
    acknowledgeOwnPolicy(this.role);
    const { ledger, workStore, vault, evidence, sealKey, exportKey } = functions.records;
    ledger.grantRead(this);
    ledger.grantList(this);
    workStore.grantRead(this);
    workStore.grantList(this);
    workStore.grantScan(this);
    workStore.grantListQueues(this);
    vault.grantRead(this);
    // It compares an identity with the digest that its application was received with.
    vault.grantIndex(this);
    evidence.grantAudit(this);
    workflow.grantAudit(this);
    sealKey.grantVerify(this);
    exportKey.grantVerify(this);
    for (const recording of recordingFunctions(functions)) recording.grantInvoke(this);
  }

  /** `NAME=VALUE` of each setting, with spaces between. */
  get settings(): string {
    return Lazy.string({ produce: () => [...this.#settings].map((setting) => setting.join('=')).join(' ') });
  }

  addEnvironment(name: string, value: string): void {
    this.#settings.set(name, value);
  }
}

/** Adds the functions that record what an auditor takes out and reads. */
function recordingFunctions(functions: WorkflowFunctions): UnderwritingFunction[] {
  const { ledger, vault, evidence, exportKey } = functions.records;
  // Some 40 objects, 50 ms each and one after the other: 2 s. A case with years of reviews has more.
  const timeout = Duration.minutes(1);
  const exportFile = functions.add('ExportDecisionFile', 'Records an export and returns the decision file', {
    timeout,
  });
  const recordRead = functions.add('RecordPersonalDataRead', 'Records that an auditor reads personal data');
  for (const made of [exportFile, recordRead]) ledger.grantAppend(made);
  evidence.grantRead(exportFile);
  vault.grantRead(exportFile);
  exportKey.grantSign(exportFile);
  return [exportFile, recordRead];
}
