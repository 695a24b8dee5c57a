import { PutCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { entryOf, entryText, nextEntry, sameEvent } from '../ledger-entry.ts';
import { StoreUnavailable, type Clock, type Ledger } from '../ports.ts';
import { answered, nameOf } from './errors.ts';
import { applicationKey } from './table-keys.ts';

export interface AwsLedgerOptions {
  readonly client: DynamoDBDocumentClient;
  /** A table with the keys of LEDGER_TABLE. */
  readonly tableName: string;
  readonly clock: Clock;
}

// Each lost race means that another writer got on. More than a few parallel branches of one application never write.
const MOST_RACES = 1000;

/**
 * The ledger in DynamoDB. Only conditional puts: needs `dynamodb:Query` and `dynamodb:PutItem`.
 *
 * Two writers of one event cannot both succeed: whoever writes sequence n has read all before n, and only one can.
 */
export function awsLedger({ client, tableName, clock }: AwsLedgerOptions): Ledger {
  /** The entries behind `sequence`, strongly consistent. */
  async function entriesBehind(applicationId: string, sequence: number): Promise<LedgerEntry[]> {
    const entries: LedgerEntry[] = [];
    let startKey: Record<string, unknown> | undefined;
    do {
      const page = await answered(
        'DynamoDB',
        client.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: 'pk = :pk AND sk > :sequence',
            ExpressionAttributeValues: { ':pk': applicationKey(applicationId), ':sequence': sequence },
            ConsistentRead: true,
            ExclusiveStartKey: startKey,
          }),
        ),
      );
      for (const item of page.Items ?? []) entries.push(entryOf(item['entry'], applicationId));
      startKey = page.LastEvaluatedKey;
    } while (startKey);
    return entries;
  }

  /** @returns whether the place was free. */
  async function put(entry: LedgerEntry): Promise<boolean> {
    const { applicationId, sequence, id } = entry;
    try {
      await answered(
        'DynamoDB',
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: { pk: applicationKey(applicationId), sk: sequence, eventId: id, entry: entryText(entry) },
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
        const entry = nextEntry(event, head, clock);
        if (await put(entry)) return entry;
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
  };
}
