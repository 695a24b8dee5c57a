import { CfnResource, RemovalPolicy, Stack, type IAspect } from 'aws-cdk-lib';
import { CfnBackupVault } from 'aws-cdk-lib/aws-backup';
import { CfnUserPool } from 'aws-cdk-lib/aws-cognito';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';

/** The shortest waiting period before KMS deletes a key. */
const KEY_WINDOW_DAYS = 7;

/**
 * Makes every resource of a throwaway stage deletable with its stack. CloudFormation deletes only an empty bucket, which
 * `npm run deploy-check` empties.
 */
export class Throwaway implements IAspect {
  readonly #kept: IConstruct;

  /** @param kept the construct that its stack retains: the key that signs the report of the check. */
  constructor(kept: IConstruct) {
    this.#kept = kept;
  }

  visit(node: IConstruct): void {
    if (node instanceof Stack) node.terminationProtection = false;
    if (node instanceof CfnTable) node.deletionProtectionEnabled = false;
    if (node instanceof CfnUserPool) node.deletionProtection = 'INACTIVE';
    if (node instanceof CfnKey) node.pendingWindowInDays = KEY_WINDOW_DAYS;
    // The policy of the vault denies the deletion of copies.
    if (node instanceof CfnBackupVault) node.accessPolicy = undefined;
    if (node instanceof CfnResource && !node.node.scopes.includes(this.#kept))
      node.applyRemovalPolicy(RemovalPolicy.DESTROY);
  }
}
