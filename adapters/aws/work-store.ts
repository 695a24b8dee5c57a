import { randomUUID } from 'node:crypto';

import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  type DynamoDBDocumentClient,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';

import type { JsonObject } from '../../domain/json.ts';
import { cursorPlace, cursorText, pageLimit } from '../page-cursor.ts';
import type { ListOptions, ScannedItem, WorkItem, WorkKey, WorkPage, WorkStore } from '../ports.ts';
import { answered, nameOf } from './errors.ts';
import { WORK_TABLE } from './table-keys.ts';

export interface AwsWorkStoreOptions {
  readonly client: DynamoDBDocumentClient;
  /** A table with the keys and the index of WORK_TABLE. */
  readonly tableName: string;
}

type Attributes = Record<string, unknown>;
type Key = { pk: string; sk: string; indexPk?: string; listedSk?: string };
type Stored = Key & { version: number; data: string };

/** Work items in DynamoDB. Needs `dynamodb:GetItem`, `PutItem`, `DeleteItem` and `Query`, also on the index; to scan, `Scan`. */
export function awsWorkStore({ client, tableName }: AwsWorkStoreOptions): WorkStore {
  async function stored(pk: string, sk: string): Promise<Attributes | undefined> {
    const { Item } = await answered(
      'DynamoDB',
      client.send(new GetCommand({ TableName: tableName, Key: { pk, sk }, ConsistentRead: true })),
    );
    return Item;
  }

  async function put(item: WorkItem, condition: string, values?: Attributes): Promise<WorkItem | undefined> {
    const write = randomUUID();
    try {
      await answered(
        'DynamoDB',
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...attributesOf(item), write },
            ConditionExpression: condition,
            ...(values && { ExpressionAttributeValues: values, ExpressionAttributeNames: { '#version': 'version' } }),
          }),
        ),
      );
      return item;
    } catch (error) {
      if (nameOf(error) !== 'ConditionalCheckFailedException') throw error;
      // The client repeats a put whose answer was lost: then what stands in its way is its own first try.
      const standing = await stored(item.pk, item.sk);
      return standing?.['write'] === write ? item : undefined;
    }
  }

  async function page<Item>(
    query: Partial<QueryCommandInput>,
    limit: number,
    read: (attributes: Attributes) => Item,
    placeOf: (item: Item) => string[],
  ): Promise<WorkPage<Item>> {
    // One item more than asked for tells whether there is a next page.
    const found: Item[] = [];
    let startKey = query.ExclusiveStartKey;
    do {
      const { Items, LastEvaluatedKey } = await answered(
        'DynamoDB',
        client.send(
          new QueryCommand({
            ...query,
            TableName: tableName,
            ExclusiveStartKey: startKey,
            Limit: limit + 1 - found.length,
          }),
        ),
      );
      for (const item of Items ?? []) found.push(read(item));
      startKey = LastEvaluatedKey;
    } while (startKey && found.length <= limit);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return found.length > limit && last ? { items, next: cursorText(placeOf(last)) } : { items };
  }

  function pageOfIndex<Item extends WorkKey>(
    indexPk: string,
    options: ListOptions,
    read: (attributes: Attributes) => Item,
    projection: Partial<QueryCommandInput> = {},
  ): Promise<WorkPage<Item>> {
    const limit = pageLimit(options);
    const [afterIndexSk, afterPk, afterSk] = cursorPlace(options, 3) ?? [];
    const query = {
      ...projection,
      IndexName: WORK_TABLE.index.name,
      KeyConditionExpression: 'indexPk = :pk',
      ExpressionAttributeValues: { ':pk': indexPk },
      ScanIndexForward: !options.descending,
      ...(afterIndexSk !== undefined &&
        afterPk !== undefined &&
        afterSk !== undefined && {
          ExclusiveStartKey: {
            indexPk,
            indexSk: indexSortKey(afterIndexSk, afterPk, afterSk),
            pk: afterPk,
            sk: afterSk,
          },
        }),
    };
    return page(query, limit, read, ({ pk, sk, index }) => [index?.sk ?? '', pk, sk]);
  }

  return {
    create: (item) => put({ ...item, version: 1 }, 'attribute_not_exists(pk)'),

    replace: (item) => put({ ...item, version: item.version + 1 }, '#version = :version', { ':version': item.version }),

    async remove({ pk, sk, version }) {
      try {
        await answered(
          'DynamoDB',
          client.send(
            new DeleteCommand({
              TableName: tableName,
              Key: { pk, sk },
              ConditionExpression: '#version = :version',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':version': version },
            }),
          ),
        );
        return true;
      } catch (error) {
        if (nameOf(error) === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },

    async get(pk, sk) {
      const item = await stored(pk, sk);
      return item && itemOf(item);
    },

    async list(pk, options: ListOptions = {}) {
      const limit = pageLimit(options);
      const [afterSk] = cursorPlace(options, 1) ?? [];
      const query = {
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ScanIndexForward: !options.descending,
        ConsistentRead: true,
        ...(afterSk !== undefined && { ExclusiveStartKey: { pk, sk: afterSk } }),
      };
      return page(query, limit, itemOf, ({ sk }) => [sk]);
    },

    listIndex: async (indexPk, options = {}) => pageOfIndex(indexPk, options, itemOf),

    listKeys: async (indexPk, options = {}) =>
      pageOfIndex(indexPk, options, keyOf, {
        Select: 'SPECIFIC_ATTRIBUTES',
        ProjectionExpression: WORK_TABLE.keys.join(', '),
      }),

    async scan(options = {}) {
      const [pk, sk] = cursorPlace(options, 2) ?? [];
      const { Items, LastEvaluatedKey } = await answered(
        'DynamoDB',
        client.send(
          new ScanCommand({
            TableName: tableName,
            Limit: pageLimit(options),
            ConsistentRead: true,
            ...(pk !== undefined && sk !== undefined && { ExclusiveStartKey: { pk, sk } }),
          }),
        ),
      );
      const next = LastEvaluatedKey && cursorText([String(LastEvaluatedKey['pk']), String(LastEvaluatedKey['sk'])]);
      return { items: (Items ?? []).map(scannedItemOf), ...(next !== undefined && { next }) };
    },
  };
}

/** An index alone leaves items of one key in no order: with the item's own key behind, each has its place. */
const indexSortKey = (indexSk: string, pk: string, sk: string): string => `${indexSk}\0${pk}\0${sk}`;

/** The data as text: DynamoDB's numbers are not JSON's. */
function attributesOf({ pk, sk, version, index, data }: WorkItem): Attributes {
  const listed = index && { indexPk: index.pk, indexSk: indexSortKey(index.sk, pk, sk), listedSk: index.sk };
  return { pk, sk, version, ...listed, data: JSON.stringify(data) };
}

function keyOf(attributes: Attributes): WorkKey {
  const { pk, sk, indexPk, listedSk } = attributes as Key;
  return {
    pk,
    sk,
    ...(indexPk !== undefined && listedSk !== undefined && { index: { pk: indexPk, sk: listedSk } }),
  };
}

function scannedItemOf(attributes: Attributes): ScannedItem {
  try {
    const item = itemOf(attributes);
    const { indexSk } = attributes;
    const placed = item.index ? indexSortKey(item.index.sk, item.pk, item.sk) : undefined;
    return { ...item, sound: JSON.stringify(item.data) === attributes['data'] && indexSk === placed };
  } catch {
    return { ...itemOf({ ...attributes, data: '{}' }), sound: false };
  }
}

function itemOf(attributes: Attributes): WorkItem {
  const { version, data } = attributes as Stored;
  return { ...keyOf(attributes), version, data: JSON.parse(data) as JsonObject };
}
