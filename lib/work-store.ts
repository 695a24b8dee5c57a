import { AttributeType, ProjectionType, type Table as DynamoTable } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { Table } from './table.ts';
import type { Grantee } from './underwriting-function.ts';

const INDEX = 'index';

/** Open tasks, queues, pull states and lists. But for its task tokens it can be rebuilt from the ledger. */
export class WorkStore extends Construct {
  readonly #table: Table;

  constructor(scope: Construct, id: string, props: { readonly key: Key }) {
    super(scope, id);
    this.#table = new Table(this, 'Items', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      key: props.key,
      recoveryDays: 35,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: INDEX,
      partitionKey: { name: 'indexPk', type: AttributeType.STRING },
      sortKey: { name: 'indexSk', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }

  get table(): DynamoTable {
    return this.#table.table;
  }

  grantRead(to: Grantee): void {
    to.addEnvironment('WORK_TABLE', this.table.tableName);
    this.#table.grant(to, ['GetItem', 'Query'], INDEX);
  }

  grantReadAndPut(to: Grantee): void {
    to.addEnvironment('WORK_TABLE', this.table.tableName);
    this.#table.grant(to, ['GetItem', 'Query', 'PutItem'], INDEX);
  }

  grantReadWrite(to: Grantee): void {
    to.addEnvironment('WORK_TABLE', this.table.tableName);
    this.#table.grant(to, ['GetItem', 'Query', 'PutItem', 'DeleteItem'], INDEX);
  }
}
