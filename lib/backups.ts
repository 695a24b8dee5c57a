import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { acknowledge } from './security-checks.ts';

export interface BackupsProps {
  readonly key: Key;
  readonly tables: readonly ITable[];
  readonly retention: Duration;
}

/**
 * Daily copies of tables in a vault of their own, from which nobody deletes: point-in-time recovery ends with its table,
 * these do not. docs/restore.md says how one is restored.
 */
export class Backups extends Construct {
  constructor(scope: Construct, id: string, { key, tables, retention }: BackupsProps) {
    super(scope, id);
    const backupVault = new BackupVault(this, 'Vault', {
      encryptionKey: key,
      blockRecoveryPointDeletion: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const plan = new BackupPlan(this, 'Plan', { backupVault });
    plan.addRule(
      new BackupPlanRule({
        ruleName: 'Daily',
        // After the day's seal, before the day's work, in the creditor's time zone.
        scheduleExpression: Schedule.cron({ minute: '0', hour: '8' }),
        startWindow: Duration.hours(1),
        completionWindow: Duration.hours(6),
        deleteAfter: retention,
      }),
    );
    const selection = plan.addSelection('Tables', {
      resources: tables.map((table) => BackupResource.fromDynamoDbTable(table)),
    });
    acknowledge(
      selection,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      'AWS Backup acts by the policy that AWS keeps for it; its role can be taken by AWS Backup alone.',
    );
  }
}
