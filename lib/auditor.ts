import { Duration, Lazy } from 'aws-cdk-lib';
import { AccountRootPrincipal, Role, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import type { RecordsStack } from './records-stack.ts';
import { acknowledgeOwnPolicy } from './security-checks.ts';
import type { Grantee } from './underwriting-function.ts';
import type { UnderwritingWorkflow } from './underwriting-workflow.ts';

export interface AuditorProps {
  readonly records: RecordsStack;
  readonly workflow: UnderwritingWorkflow;
}

/**
 * The auditor's role, which people of the account may assume where the account lets them. It collects the settings by which
 * the commands of `underwright --aws` find the records.
 */
export class Auditor extends Construct implements Grantee {
  readonly grantPrincipal: IPrincipal;
  readonly role: Role;
  readonly #settings = new Map<string, string>();

  constructor(scope: Construct, id: string, { records, workflow }: AuditorProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      description: 'Underwright: reads records, verifies them and takes decision files out',
      assumedBy: new AccountRootPrincipal(),
      maxSessionDuration: Duration.hours(1),
    });
    this.grantPrincipal = this.role;
    acknowledgeOwnPolicy(this.role);
    const { ledger, workStore, vault, evidence, sealKey, exportKey } = records;
    // An export is recorded.
    ledger.grantAppend(this);
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
    exportKey.grantSign(this);
  }

  /** `NAME=VALUE` of each setting, with spaces between. */
  get settings(): string {
    return Lazy.string({ produce: () => [...this.#settings].map((setting) => setting.join('=')).join(' ') });
  }

  addEnvironment(name: string, value: string): void {
    this.#settings.set(name, value);
  }
}
