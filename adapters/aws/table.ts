import {
  GetCommand,
  PutCommand,
  QueryCommand,
  type DynamoDBDocumentClient,
  type PutCommandInput,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';

import { answered, nameOf } from './errors.ts';

/** A table of DynamoDB, and the client that calls it. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

export type Item = Record<string, unknown>;

/** Reads one item, strongly consistent. Needs `dynamodb:GetItem`. */
export async function getItem({ client, tableName }: Table, key: Item): Promise<Item | undefined> {
  const command = new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true });
  const { Item: item } = await answered('DynamoDB', client.send(command));
  return item;
}

/** Yields every item of a query, page by page. Needs `dynamodb:Query`. */
export async function* queryItems(
  { client, tableName }: Table,
  query: Partial<QueryCommandInput>,
): AsyncIterable<Item> {
  let startKey: Item | undefined;
  do {
    const command = new QueryCommand({ ...query, TableName: tableName, ExclusiveStartKey: startKey });
    const page = await answered('DynamoDB', client.send(command));
    yield* page.Items ?? [];
    startKey = page.LastEvaluatedKey;
  } while (startKey);
}

/**
 * Writes an item if its place is free, or if another condition holds. Needs `dynamodb:PutItem`.
 * @returns whether the condition held.
 */
export function putItemIf(
  { client, tableName }: Table,
  item: Item,
  condition: Partial<PutCommandInput> = { ConditionExpression: 'attribute_not_exists(pk)' },
): Promise<boolean> {
  return conditionHeld(client.send(new PutCommand({ TableName: tableName, Item: item, ...condition })));
}

/** Awaits a conditional write. @returns whether its condition held. */
export async function conditionHeld(write: Promise<unknown>): Promise<boolean> {
  try {
    await answered('DynamoDB', write);
    return true;
  } catch (error) {
    if (nameOf(error) === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
