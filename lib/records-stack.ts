import { ArnFormat, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

import type { Stage } from '../stages/stage.ts';
import { Backups } from './backups.ts';
import { customerKey } from './customer-key.ts';
import { DomainEvents } from './domain-events.ts';
import { Evidence } from './evidence.ts';
import { Ledger } from './ledger.ts';
import { Operators } from './operators.ts';
import { SigningKey } from './signing-key.ts';
import { Vault } from './vault.ts';
import { WorkStore } from './work-store.ts';

export interface RecordsStackProps extends StackProps {
  readonly stage: Stage;
}

/** What outlives every version of the program: records, their keys, and the bus that others listen to. */
export class RecordsStack extends Stack {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly vault: Vault;
  readonly evidence: Evidence;
  /** Signs seals, and nothing else. */
  readonly sealKey: SigningKey;
  /** Signs decision files, so that who takes them out can make no seal. */
  readonly exportKey: SigningKey;
  readonly events: DomainEvents;
  readonly backups: Backups;
  readonly operators: Operators;
  /** Encrypts execution data, logs, queues and events. */
  readonly operationsKey: Key;

  constructor(scope: Construct, id: string, { stage, ...props }: RecordsStackProps) {
    super(scope, id, { description: 'Underwright: records and keys', terminationProtection: true, ...props });
    const key = customerKey(this, 'RecordsKey', 'Underwright: ledger, work and evidence');
    this.ledger = new Ledger(this, 'Ledger', { key });
    this.workStore = new WorkStore(this, 'WorkStore', { key });
    this.vault = new Vault(this, 'Vault');
    this.evidence = new Evidence(this, 'Evidence', { key, retention: evidenceRetention(stage) });
    this.sealKey = new SigningKey(this, 'SealKey', {
      description: 'Underwright: signs the seals of the ledger',
      setting: 'SEAL_KEY_ID',
    });
    this.exportKey = new SigningKey(this, 'ExportKey', {
      description: 'Underwright: signs decision files',
      setting: 'EXPORT_KEY_ID',
    });
    // Not the vault: a backup would remember who was forgotten.
    this.backups = new Backups(this, 'Backups', {
      key,
      tables: [this.ledger.table, this.workStore.table],
      retention: Duration.days(stage.backupRetentionDays),
    });
    this.operationsKey = customerKey(this, 'OperationsKey', 'Underwright: execution data, logs, queues, events');
    this.operationsKey.grantEncryptDecrypt(
      new ServicePrincipal(`logs.${this.region}.amazonaws.com`, {
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': this.formatArn({
              service: 'logs',
              resource: 'log-group',
              resourceName: '*',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    // EventBridge puts what a rule could not deliver into the queue of dead letters. The bus has a statement of its own.
    // docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    this.operationsKey.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    this.operators = new Operators(this, 'Operators', { stage });
    this.events = new DomainEvents(this, 'Events', { key: this.operationsKey, busName: `${this.stackName}-events` });
  }
}

function evidenceRetention({ evidenceLock, evidenceRetentionDays }: Stage): ObjectLockRetention {
  const days = Duration.days(evidenceRetentionDays);
  return evidenceLock === 'COMPLIANCE' ? ObjectLockRetention.compliance(days) : ObjectLockRetention.governance(days);
}
