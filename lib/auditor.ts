import { Duration, Lazy } from 'aws-cdk-lib';
import { AccountRootPrincipal, Role, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import { acknowledgeOwnPolicy } from './security-checks.ts';
import type { Grantee } from './underwriting-function.ts';

/**
 * Whoever audits: a role that people of the account may take on where the account lets them, and may do what constructs
 * grant it. It collects what the
 * commands of `underwright --aws` must know to find the records.
 */
export class Auditor extends Construct implements Grantee {
  readonly grantPrincipal: IPrincipal;
  readonly role: Role;
  readonly #settings = new Map<string, string>();

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      description: 'Underwright: reads records, verifies them and takes decision files out',
      assumedBy: new AccountRootPrincipal(),
      maxSessionDuration: Duration.hours(1),
    });
    this.grantPrincipal = this.role;
    acknowledgeOwnPolicy(this.role);
  }

  /** `NAME=VALUE` of each setting, with spaces between. */
  get settings(): string {
    return Lazy.string({ produce: () => [...this.#settings].map((setting) => setting.join('=')).join(' ') });
  }

  addEnvironment(name: string, value: string): void {
    this.#settings.set(name, value);
  }
}
