import { randomUUID } from 'node:crypto';

import {
  DeleteCommand,
  QueryCommand,
  ScanCommand,
  type PutCommandInput,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';

import type { JsonObject } from '../../domain/json.ts';
import { cursorPlace, cursorText, pageLimit } from '../page-cursor.ts';
import type { IndexListOptions, ListOptions, ScannedItem, WorkItem, WorkKey, WorkPage, WorkStore } from '../ports.ts';
import { answered } from './errors.ts';
import { WORK_TABLE } from './table-keys.ts';
import { conditionHeld, getItem, putItemIf, type Item, type Table } from './table.ts';

type Key = { pk: string; sk: string; indexPk?: string; listedSk?: string };
type Stored = Key & { version: number; data: string };

/**
 * Work items in DynamoDB. Needs `dynamodb:GetItem`, `PutItem`, `DeleteItem` and `Query`, also on the index; to scan, `Scan`.
 * @param table has the keys and the index of WORK_TABLE.
 */
export function awsWorkStore(table: Table): WorkStore {
  return {
    create: (item) => put(table, { ...item, version: 1 }, { ConditionExpression: 'attribute_not_exists(pk)' }),
    replace: (item) => put(table, { ...item, version: item.version + 1 }, hasVersion(item.version)),
    remove: (item) => remove(table, item),

    async get(pk, sk) {
      const item = await getItem(table, { pk, sk });
      return item && itemOf(item);
    },

    list: async (pk, options = {}) => list(table, pk, options),
    listIndex: async (indexPk, options = {}) => listIndex(table, indexQuery(indexPk, options), options, itemOf),

    listKeys: async (indexPk, options = {}) => {
      const keysOnly = { Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: WORK_TABLE.keys.join(', ') } as const;
      return listIndex(table, { ...indexQuery(indexPk, options), ...keysOnly }, options, keyOf);
    },

    scan: async (options = {}) => scan(table, options),
  };
}

const hasVersion = (version: number) => ({
  ConditionExpression: '#version = :version',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':version': version },
});

/** @returns undefined where the condition fails. */
async function put(table: Table, item: WorkItem, condition: Partial<PutCommandInput>): Promise<WorkItem | undefined> {
  const write = randomUUID();
  if (await putItemIf(table, { ...attributesOf(item), write }, condition)) return item;
  // The client repeats a put whose answer was lost. The item in its way is then its own first try.
  const earlier = await getItem(table, { pk: item.pk, sk: item.sk });
  return earlier?.['write'] === write ? item : undefined;
}

function remove({ client, tableName }: Table, { pk, sk, version }: WorkItem): Promise<boolean> {
  return conditionHeld(
    client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk }, ...hasVersion(version) })),
  );
}

function list(table: Table, pk: string, options: ListOptions): Promise<WorkPage> {
  const [afterSk] = cursorPlace(options, 1) ?? [];
  const query = {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': pk },
    ScanIndexForward: !options.descending,
    ConsistentRead: true,
    ...(afterSk !== undefined && { ExclusiveStartKey: { pk, sk: afterSk } }),
  };
  return pageOf(table, query, options, { read: itemOf, placeOf: ({ sk }) => [sk] });
}

function indexQuery(indexPk: string, options: IndexListOptions): Partial<QueryCommandInput> {
  const [indexSk, pk, sk] = cursorPlace(options, 3) ?? [];
  const behind = indexSk !== undefined && pk !== undefined && sk !== undefined;
  const { beyond, descending } = options;
  return {
    IndexName: WORK_TABLE.index.name,
    ...(beyond === undefined
      ? { KeyConditionExpression: 'indexPk = :pk', ExpressionAttributeValues: { ':pk': indexPk } }
      : {
          KeyConditionExpression: `indexPk = :pk AND indexSk ${descending ? '<' : '>'} :beyond`,
          // The item's own key follows index.sk and a zero byte: ascending, the bound excludes those of the same index.sk.
          ExpressionAttributeValues: { ':pk': indexPk, ':beyond': descending ? beyond : `${beyond}\x01` },
        }),
    ScanIndexForward: !options.descending,
    ...(behind && { ExclusiveStartKey: { indexPk, indexSk: indexSortKey(indexSk, pk, sk), pk, sk } }),
  };
}

function listIndex<Listed extends WorkKey>(
  table: Table,
  query: Partial<QueryCommandInput>,
  options: ListOptions,
  read: (attributes: Item) => Listed,
): Promise<WorkPage<Listed>> {
  return pageOf(table, query, options, { read, placeOf: ({ pk, sk, index }) => [index?.sk ?? '', pk, sk] });
}

/** Reads one page. One item more than the limit shows whether there is a next page. */
async function pageOf<Listed>(
  { client, tableName }: Table,
  query: Partial<QueryCommandInput>,
  options: ListOptions,
  { read, placeOf }: { read: (attributes: Item) => Listed; placeOf: (item: Listed) => string[] },
): Promise<WorkPage<Listed>> {
  const limit = pageLimit(options);
  const found: Listed[] = [];
  let startKey = query.ExclusiveStartKey;
  do {
    const place = { TableName: tableName, ExclusiveStartKey: startKey, Limit: limit + 1 - found.length };
    const { Items, LastEvaluatedKey } = await answered(
      'DynamoDB',
      client.send(new QueryCommand({ ...query, ...place })),
    );
    for (const item of Items ?? []) found.push(read(item));
    startKey = LastEvaluatedKey;
  } while (startKey && found.length <= limit);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last ? { items, next: cursorText(placeOf(last)) } : { items };
}

async function scan({ client, tableName }: Table, options: ListOptions): Promise<WorkPage<ScannedItem>> {
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
}

/** An index alone leaves items of one key in no order: with the item's own key behind, each has its place. */
const indexSortKey = (indexSk: string, pk: string, sk: string): string => `${indexSk}\0${pk}\0${sk}`;

/** The data as text: DynamoDB's numbers are not JSON's. */
function attributesOf({ pk, sk, version, index, data }: WorkItem): Item {
  const listed = index && { indexPk: index.pk, indexSk: indexSortKey(index.sk, pk, sk), listedSk: index.sk };
  return { pk, sk, version, ...listed, data: JSON.stringify(data) };
}

function keyOf(attributes: Item): WorkKey {
  const { pk, sk, indexPk, listedSk } = attributes as Key;
  return {
    pk,
    sk,
    ...(indexPk !== undefined && listedSk !== undefined && { index: { pk: indexPk, sk: listedSk } }),
  };
}

function scannedItemOf(attributes: Item): ScannedItem {
  try {
    const item = itemOf(attributes);
    const { indexSk } = attributes;
    const placed = item.index ? indexSortKey(item.index.sk, item.pk, item.sk) : undefined;
    return { ...item, sound: JSON.stringify(item.data) === attributes['data'] && indexSk === placed };
  } catch {
    return { ...itemOf({ ...attributes, data: '{}' }), sound: false };
  }
}

function itemOf(attributes: Item): WorkItem {
  const { version, data } = attributes as Stored;
  return { ...keyOf(attributes), version, data: JSON.parse(data) as JsonObject };
}
