import { monthsThrough } from '../../domain/calendar.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { FIRST_DAY, type LedgerEntry, type LedgerEvent } from '../../domain/ledger/chain.ts';
import { SHARDS, shardOf } from '../../domain/ledger/shards.ts';
import { entryOf, examineText, nextEntry, sameEvent } from '../ledger-entry.ts';
import { StoreUnavailable, type Clock, type ExaminedEntry, type Ledger } from '../ports.ts';
import { applicationKey, applicationOf, LEDGER_TABLE } from './table-keys.ts';
import { putItemIf, queryItems, type Item, type Table } from './table.ts';

/** The table has the keys and the index of LEDGER_TABLE. */
export interface AwsLedgerOptions extends Table {
  readonly clock: Clock;
}

// Each lost race means that another writer got on. More than a few parallel branches of one application never write.
const MAX_RACES = 1000;

/**
 * The ledger in DynamoDB. Only conditional puts: needs `dynamodb:Query`, also on the index for `applications`, and
 * `dynamodb:PutItem`.
 *
 * Two writers of one event cannot both succeed: whoever writes sequence n has read all before n, and only one can.
 */
export function awsLedger({ clock, ...table }: AwsLedgerOptions): Ledger {
  return {
    append: (event) => append(table, clock, event),

    async find(applicationId, eventId) {
      const entries = await entriesBehind(table, applicationId, -1);
      return entries.find(({ id }) => id === eventId);
    },

    read: (applicationId) => entriesBehind(table, applicationId, -1),

    applications: ({ after = '', until = clock.now().toISOString() } = {}) => recordedBetween(table, after, until),

    examine: (applicationId) => Array.fromAsync(itemsBehind(table, applicationId, -1), examined),
  };
}

/** @throws StoreUnavailable when too many other writers won the race for a place. */
async function append(table: Table, clock: Clock, event: LedgerEvent): Promise<LedgerEntry> {
  const { applicationId } = event;
  let head: LedgerEntry | undefined;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const entries = await entriesBehind(table, applicationId, head?.sequence ?? -1);
    const found = entries.find(({ id }) => id === event.id);
    if (found) return sameEvent(event, found);
    head = entries.at(-1) ?? head;
    const { entry, text } = nextEntry(event, head, clock);
    if (await putItemIf(table, { ...keysOf(entry), entry: text })) return entry;
  }
  throw new StoreUnavailable(
    `The ledger of ${applicationId} took ${MAX_RACES} entries of other writers before this one: try again later.`,
  );
}

/** The items behind `sequence`, strongly consistent. */
function itemsBehind(table: Table, applicationId: string, sequence: number): AsyncIterable<Item> {
  return queryItems(table, {
    KeyConditionExpression: 'pk = :pk AND sk > :sequence',
    ExpressionAttributeValues: { ':pk': applicationKey(applicationId), ':sequence': sequence },
    ConsistentRead: true,
  });
}

function entriesBehind(table: Table, applicationId: string, sequence: number): Promise<LedgerEntry[]> {
  return Array.fromAsync(itemsBehind(table, applicationId, sequence), (item) => entryOf(item['entry'], applicationId));
}

/** The applications with an entry that was recorded behind `after` and not behind `until`, each once. */
async function* recordedBetween(table: Table, after: string, until: string): AsyncIterable<string> {
  if (after >= until) return;
  const known = new Set<string>();
  for (const month of months(after, until)) {
    const shards = Array.from({ length: SHARDS }, (_, shard) => recordedIn(table, `${month}#${shard}`, after, until));
    for (const applicationId of (await Promise.all(shards)).flat()) {
      if (known.has(applicationId)) continue;
      known.add(applicationId);
      yield applicationId;
    }
  }
}

/** The applications of one month in one shard. */
function recordedIn(table: Table, shard: string, after: string, until: string): Promise<string[]> {
  const items = queryItems(table, {
    IndexName: LEDGER_TABLE.index.name,
    KeyConditionExpression: 'recordedIn = :shard AND recordedAt BETWEEN :after AND :until',
    // An instant that is a prefix of others precedes them, so `after` itself is left out.
    ExpressionAttributeValues: { ':shard': shard, ':after': `${after}+`, ':until': until },
  });
  return Array.fromAsync(items, ({ pk }) => applicationOf(pk));
}

function examined({ entry: text, ...kept }: Item): ExaminedEntry {
  const { entry, fault } = examineText(text);
  const misplaced = entry && canonicalJson(kept) !== canonicalJson({ ...keysOf(entry), pk: kept['pk'] });
  const faults = [...(fault ? [fault] : []), ...(misplaced ? (['INDEX_DIFFERS'] as const) : [])];
  return { sequence: Number(kept['sk']), entry, faults };
}

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

/** Every month from that of one instant to that of another, both included. */
function months(after: string, until: string): Iterable<string> {
  return monthsThrough((after > FIRST_DAY ? after : FIRST_DAY).slice(0, 7), until.slice(0, 7));
}
