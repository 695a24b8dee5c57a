import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BillingMode, Table as DynamoTable, TableEncryption, type Attribute } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Conditions, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface TableProps {
  readonly partitionKey: Attribute;
  /** @default - none: one item a partition */
  readonly sortKey?: Attribute;
  readonly key: Key;
  /** How far back a table can be restored, which is also how long a backup remembers what was deleted: 1 to 35 days. */
  readonly recoveryDays: number;
}

/** A table on demand under a key of the account's own, that can be restored and is not deleted with its stack. */
export class Table extends Construct {
  readonly table: DynamoTable;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { recoveryDays, key, ...props }: TableProps) {
    super(scope, id);
    this.#key = key;
    this.table = new DynamoTable(this, 'Table', {
      ...props,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: recoveryDays,
      },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Gives actions on the table, or on one index of it, with what they need of its key, through DynamoDB alone. */
  grant(grantee: IGrantable, actions: readonly string[], index?: string, conditions: Conditions = {}): void {
    const { tableArn } = this.table;
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [index === undefined ? tableArn : `${tableArn}/index/${index}`],
        conditions,
      }),
    );
    const writes = actions.some((action) => !['GetItem', 'Query', 'Scan'].includes(action));
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:DescribeKey', ...(writes ? ['kms:Encrypt', 'kms:GenerateDataKey'] : [])],
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
  }
}
