import { AttributeType, ProjectionType, type Table as DynamoTable } from 'aws-cdk-lib/aws-dynamodb';
import type { Conditions } from 'aws-cdk-lib/aws-iam';
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

  /** Lets somebody read items by their keys. */
  grantRead(to: Grantee): void {
    this.#grant(to, ['GetItem']);
  }

  /**
   * Lets somebody read the items of the named partitions, `*` at their end for all that begin so: a task, with its task token,
   * is in none of them.
   */
  grantReadIn(to: Grantee, partitions: readonly string[]): void {
    this.#grant(to, ['GetItem'], undefined, { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } });
  }

  /** As `grantRead`, and writes items. */
  grantReadWrite(to: Grantee): void {
    this.#grant(to, ['GetItem', 'PutItem']);
  }

  /** Lets somebody who reads items take them away. */
  grantRemove(to: Grantee): void {
    this.#grant(to, ['DeleteItem']);
  }

  /** Lets somebody list the items of one partition. */
  grantList(to: Grantee): void {
    this.#grant(to, ['Query']);
  }

  /** Lets an audit read every item. */
  grantScan(to: Grantee): void {
    this.#grant(to, ['Scan']);
  }

  /** Lets somebody list queues: what waits for persons or for a schedule. */
  grantListQueues(to: Grantee): void {
    this.#grant(to, ['Query'], INDEX);
  }

  /** Lets somebody list what is in queues by its keys, and not what it holds. */
  grantListKeys(to: Grantee): void {
    this.#grant(to, ['Query'], INDEX, {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': KEYS },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    });
  }

  /** Grants listing the cases, which hold no task token, by their place in the index. */
  grantListCases(to: Grantee): void {
    this.#grant(to, ['Query'], INDEX, { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['CASES#*'] } });
  }

  #grant(to: Grantee, actions: readonly string[], index?: string, conditions?: Conditions): void {
    to.addEnvironment('WORK_TABLE', this.table.tableName);
    this.#table.grant(to, actions, index, conditions);
  }
}
