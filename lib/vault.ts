import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { KeySpec, KeyUsage, type Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { customerKey } from './customer-key.ts';
import { acknowledge } from './security-checks.ts';
import { Table } from './table.ts';
import type { Grantee } from './underwriting-function.ts';

/** Identity and data keys of applicants, under keys that encrypt nothing else. */
export class Vault extends Construct {
  readonly #table: Table;
  readonly #dataKey: Key;
  readonly #indexKey: Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#table = new Table(this, 'Identities', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      key: customerKey(this, 'TableKey', 'Underwright: the table of identities and wrapped data keys'),
      // Who is forgotten is in no backup a week later.
      recoveryDays: 7,
    });
    acknowledge(
      this.#table,
      'NIST.800.53.R5-DynamoDBInBackupPlan',
      'A backup would remember who was forgotten: the vault is restored from its last 7 days or not at all.',
    );
    this.#dataKey = customerKey(this, 'DataKey', "Underwright: wraps the applications' data keys");
    this.#indexKey = customerKey(this, 'IndexKey', 'Underwright: keyed digests by which a person is found again', {
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
    });
  }

  /** Lets somebody open and seal what concerns an applicant: evidence and identity, under the data key. */
  grantRead(to: Grantee): void {
    to.addEnvironment('VAULT_TABLE', this.#table.table.tableName);
    to.addEnvironment('DATA_KEY_ID', this.#dataKey.keyArn);
    to.addEnvironment('INDEX_KEY_ID', this.#indexKey.keyArn);
    this.#table.grant(to, ['GetItem']);
    this.#grantDataKey(to, 'kms:Decrypt');
  }

  /** As `grantRead`, and makes data keys and stores identities, each once. */
  grantCreate(to: Grantee): void {
    this.grantRead(to);
    this.#table.grant(to, ['UpdateItem']);
    this.#grantDataKey(to, 'kms:GenerateDataKey');
  }

  /** As `grantRead`, and replaces a row by the word that it was destroyed. A person cannot be called back: give this to one function. */
  grantForget(to: Grantee): void {
    this.grantRead(to);
    this.#table.grant(to, ['PutItem']);
    this.grantIndex(to);
  }

  /** Lets somebody find a person's other applications. */
  grantIndex(to: Grantee): void {
    to.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:GenerateMac'], resources: [this.#indexKey.keyArn] }),
    );
  }

  #grantDataKey(to: Grantee, action: string): void {
    to.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: [action],
        resources: [this.#dataKey.keyArn],
        // A data key is bound to its application: without naming one, none is unwrapped.
        conditions: { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': ['applicationId'] } },
      }),
    );
  }
}
