import { AttributeType, ProjectionType, type Table as DynamoTable } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { Table } from './table.ts';
import type { Grantee } from './underwriting-function.ts';

const INDEX = 'recorded';

/** Whatever could change or remove an entry. A batch write takes no condition, and time to live needs no permission. */
const CHANGES = [
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'PartiQLInsert',
  'PartiQLUpdate',
  'PartiQLDelete',
  'UpdateTimeToLive',
];

/**
 * The append-only events of every application. Nobody may change or remove an entry, whatever else they may do: the
 * table's own policy denies it. That an entry is not put over another is the writer's condition, which IAM cannot ask for,
 * and the hash chain's to show.
 */
export class Ledger extends Construct {
  readonly #table: Table;

  constructor(scope: Construct, id: string, props: { readonly key: Key }) {
    super(scope, id);
    this.#table = new Table(this, 'Entries', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.NUMBER },
      key: props.key,
      recoveryDays: 35,
    });
    // Who came and who has grown since an instant is asked of it, and not by reading the whole table.
    this.table.addGlobalSecondaryIndex({
      indexName: INDEX,
      partitionKey: { name: 'recordedIn', type: AttributeType.STRING },
      sortKey: { name: 'recordedAt', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.table.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NobodyChangesEntries',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: CHANGES.map((action) => `dynamodb:${action}`),
        // In a table's policy: this table. Its name is not known before it is made.
        resources: ['*'],
      }),
    );
  }

  get table(): DynamoTable {
    return this.#table.table;
  }

  /** Lets somebody read entries. */
  grantRead(to: Grantee): void {
    to.addEnvironment('LEDGER_TABLE', this.table.tableName);
    this.#table.grant(to, ['Query']);
  }

  /** Lets somebody read entries and append new ones. */
  grantAppend(to: Grantee): void {
    to.addEnvironment('LEDGER_TABLE', this.table.tableName);
    this.#table.grant(to, ['Query', 'PutItem']);
  }

  /** Lets somebody who reads entries find the applications that there are, and those that have grown since an instant. */
  grantList(to: Grantee): void {
    this.#table.grant(to, ['Query'], INDEX);
  }
}
