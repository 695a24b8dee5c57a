import { AttributeType, ProjectionType, type Table as DynamoTable } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { Table } from './table.ts';
import type { Grantee } from './underwriting-function.ts';

const INDEX = 'index';
/** Attributes that say where an item is, and not what it holds: see adapters/aws/table-keys.ts. */
const KEYS = ['pk', 'sk', 'indexPk', 'indexSk', 'listedSk'];

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

  /**
   * Lists what the index has, by key alone, and reads the items of the named partitions, `*` at their end for all that begin so:
   * a task, with its task token, is in none of them.
   */
  grantReadKeys(to: Grantee, partitions: readonly string[]): void {
    const { tableName, tableArn } = this.table;
    to.addEnvironment('WORK_TABLE', tableName);
    this.#table.grantOn(to, ['GetItem'], [tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions },
    });
    this.#table.grantOn(to, ['Query'], [`${tableArn}/index/${INDEX}`], {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': KEYS },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    });
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
