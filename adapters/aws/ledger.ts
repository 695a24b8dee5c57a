import { createHash } from 'node:crypto';

import { PutCommand, QueryCommand, type DynamoDBDocumentClient, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';

import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { entryOf, nextEntry, sameEvent } from '../ledger-entry.ts';
import { StoreUnavailable, type Clock, type Ledger, type RecordedPeriod } from '../ports.ts';
import { answered, nameOf } from './errors.ts';
import { applicationKey, applicationOf, LEDGER_TABLE } from './table-keys.ts';

export interface AwsLedgerOptions {
  readonly client: DynamoDBDocumentClient;
  /** A table with the keys and the index of LEDGER_TABLE. */
  readonly tableName: string;
  readonly clock: Clock;
}

/** No release is older, so no entry is. */
const FIRST_MONTH = '2026-01';
/** Partitions of the index a month: 1,000 entries a second each. */
const SHARDS = 8;

// Each lost race means that another writer got on. More than a few parallel branches of one application never write.
const MOST_RACES = 1000;

/**
 * The ledger in DynamoDB. Only conditional puts: needs `dynamodb:Query`, also on the index for `applications`, and
 * `dynamodb:PutItem`.
 *
 * Two writers of one event cannot both succeed: whoever writes sequence n has read all before n, and only one can.
 */
export function awsLedger({ client, tableName, clock }: AwsLedgerOptions): Ledger {
  async function* itemsOf(query: Partial<QueryCommandInput>): AsyncIterable<Item> {
    let startKey: Item | undefined;
    do {
      const page = await answered(
        'DynamoDB',
        client.send(new QueryCommand({ ...query, TableName: tableName, ExclusiveStartKey: startKey })),
      );
      yield* page.Items ?? [];
      startKey = page.LastEvaluatedKey;
    } while (startKey);
  }

  /** The items behind `sequence`, strongly consistent. */
  const itemsBehind = (applicationId: string, sequence: number) =>
    itemsOf({
      KeyConditionExpression: 'pk = :pk AND sk > :sequence',
      ExpressionAttributeValues: { ':pk': applicationKey(applicationId), ':sequence': sequence },
      ConsistentRead: true,
    });

  const entriesBehind = (applicationId: string, sequence: number): Promise<LedgerEntry[]> =>
    Array.fromAsync(itemsBehind(applicationId, sequence), (item) => entryOf(item['entry'], applicationId));

  /** The applications of one month in one shard. */
  const recordedIn = (shard: string, after: string, until: string): Promise<string[]> =>
    Array.fromAsync(
      itemsOf({
        IndexName: LEDGER_TABLE.index.name,
        KeyConditionExpression: 'recordedIn = :shard AND recordedAt BETWEEN :after AND :until',
        // An instant that is a prefix of others stands before them, so `after` itself is left out.
        ExpressionAttributeValues: { ':shard': shard, ':after': `${after}+`, ':until': until },
      }),
      ({ pk }) => applicationOf(pk),
    );

  /** @returns whether the place was free. */
  async function put(entry: LedgerEntry, text: string): Promise<boolean> {
    try {
      await answered(
        'DynamoDB',
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...keysOf(entry), entry: text },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
      return true;
    } catch (error) {
      if (nameOf(error) === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }

  return {
    async append(event) {
      const { applicationId } = event;
      let head: LedgerEntry | undefined;
      for (let race = 0; race < MOST_RACES; race += 1) {
        const entries = await entriesBehind(applicationId, head?.sequence ?? -1);
        const found = entries.find(({ id }) => id === event.id);
        if (found) return sameEvent(event, found);
        head = entries.at(-1) ?? head;
        const { entry, text } = nextEntry(event, head, clock);
        if (await put(entry, text)) return entry;
      }
      throw new StoreUnavailable(
        `The ledger of ${applicationId} took ${MOST_RACES} entries of other writers before this one: try again later.`,
      );
    },

    async find(applicationId, eventId) {
      const entries = await entriesBehind(applicationId, -1);
      return entries.find(({ id }) => id === eventId);
    },

    read: (applicationId) => entriesBehind(applicationId, -1),

    async *applications({ after = '', until = clock.now().toISOString() }: RecordedPeriod = {}) {
      if (after >= until) return;
      const told = new Set<string>();
      for (const month of months(after, until)) {
        const shards = Array.from({ length: SHARDS }, (_, shard) => recordedIn(`${month}#${shard}`, after, until));
        for (const applicationId of (await Promise.all(shards)).flat()) {
          if (told.has(applicationId)) continue;
          told.add(applicationId);
          yield applicationId;
        }
      }
    },

    async misplaced(applicationId) {
      const wrong: number[] = [];
      for await (const item of itemsBehind(applicationId, -1)) {
        const { entry: text, ...kept } = item;
        const entry = entryOf(text, applicationId);
        const placed = canonicalJson(kept) === canonicalJson({ ...keysOf(entry), pk: item['pk'] });
        if (!placed || canonicalJson(entry) !== text) wrong.push(Number(item['sk']));
      }
      return wrong;
    },
  };
}

type Item = Record<string, unknown>;

/** By what the table and its index find an entry. */
function keysOf({ applicationId, sequence, id, recordedAt }: LedgerEntry): Item {
  return {
    pk: applicationKey(applicationId),
    sk: sequence,
    eventId: id,
    recordedIn: `${recordedAt.slice(0, 7)}#${shardOf(applicationId)}`,
    recordedAt,
  };
}

const shardOf = (applicationId: string): number =>
  createHash('sha256').update(applicationId).digest().readUInt32BE() % SHARDS;

/** Every month from that of one instant to that of another, both with it. */
function* months(after: string, until: string): Generator<string> {
  const last = until.slice(0, 7);
  let month = after.slice(0, 7) > FIRST_MONTH ? after.slice(0, 7) : FIRST_MONTH;
  while (month <= last) {
    yield month;
    const [year, number] = month.split('-').map(Number) as [number, number];
    month = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
  }
}
