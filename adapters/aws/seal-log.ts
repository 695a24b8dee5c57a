import { PutCommand, QueryCommand, type DynamoDBDocumentClient, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';

import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { sealedHead, signedSeal, type SealedHead, type SignedSeal } from '../../domain/ledger/seal.ts';
import type { EvidenceStore, SealLog } from '../ports.ts';
import { answered, nameOf } from './errors.ts';

export interface AwsSealLogOptions {
  readonly client: DynamoDBDocumentClient;
  /** The ledger's table: nobody changes or removes its items, so nobody does a seal's. */
  readonly tableName: string;
  /** Has the heads of each seal, as one object. */
  readonly evidenceStore: EvidenceStore;
}

/** `sk` = number of the seal. */
const SEALS = 'SEALS';
/** `sk` = number of a seal whose heads all have their item under `sealedKey`. */
const LISTED = 'SEALS#LISTED';
/** `sk` = number of a seal that has a head of the application: what finds it without reading the heads of all. */
const sealedKey = (applicationId: string): string => `SEALED#${applicationId}`;

/** Puts at once: some 30,000 applications of a day are listed in seconds. */
const LANES = 32;

/**
 * Seals in the ledger's table, their heads as evidence. Needs `dynamodb:Query` and `dynamodb:PutItem`, and what the
 * evidence store needs.
 */
export function awsSealLog({ client, tableName, evidenceStore }: AwsSealLogOptions): SealLog {
  async function items(query: Partial<QueryCommandInput> & { pk: string }): Promise<Record<string, unknown>[]> {
    const { pk, ...rest } = query;
    const found: Record<string, unknown>[] = [];
    let startKey: Record<string, unknown> | undefined;
    do {
      const page = await answered(
        'DynamoDB',
        client.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': pk },
            ConsistentRead: true,
            ExclusiveStartKey: startKey,
            ...rest,
          }),
        ),
      );
      found.push(...(page.Items ?? []));
      startKey = rest.Limit === undefined ? page.LastEvaluatedKey : undefined;
    } while (startKey);
    return found;
  }

  const newestItem = async (pk: string) => (await items({ pk, ScanIndexForward: false, Limit: 1 }))[0];

  /** @returns whether the place was free. */
  async function put(pk: string, sk: number, more: Record<string, string> = {}): Promise<boolean> {
    const item = { TableName: tableName, Item: { pk, sk, ...more } };
    try {
      await answered(
        'DynamoDB',
        client.send(new PutCommand({ ...item, ConditionExpression: 'attribute_not_exists(pk)' })),
      );
      return true;
    } catch (error) {
      if (nameOf(error) === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }

  async function list(number: number, heads: readonly SealedHead[]): Promise<void> {
    const rest = heads.values();
    const lane = async () => {
      for (const { applicationId } of rest) await put(sealedKey(applicationId), number);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    await put(LISTED, number);
  }

  const headsOf = async (item: Record<string, unknown> | undefined): Promise<SealedHead[]> => {
    if (!item) return [];
    const lines = Buffer.from(await evidenceStore.get(String(item['heads']))).toString();
    if (lines === '') return [];
    return lines.split('\n').map((line) => sealedHead.parse(JSON.parse(line)));
  };

  const itemOf = async (number: number) =>
    (
      await items({
        pk: SEALS,
        KeyConditionExpression: 'pk = :pk AND sk = :number',
        ExpressionAttributeValues: { ':pk': SEALS, ':number': number },
      })
    )[0];

  const added = async (number: number): Promise<SealedHead[]> => headsOf(await itemOf(number));

  /** Lists what a call that died left unlisted. */
  async function listUnlisted(number: number): Promise<void> {
    if (number === 0 || Number((await newestItem(LISTED))?.['sk'] ?? 0) >= number) return;
    await list(number, await added(number));
  }

  const sealOfItem = (item: Record<string, unknown>): SignedSeal =>
    signedSeal.parse(JSON.parse(String(item['signed'])));

  return {
    async append(signed, heads) {
      const { number } = signed.seal;
      await listUnlisted(number - 1);
      const { address, versionId } = await evidenceStore.put(Buffer.from(heads.map(canonicalJson).join('\n')));
      const kept = { signed: canonicalJson(signed), heads: address, headsVersionId: versionId };
      // The client repeats a put whose answer was lost: then what stands in its way is its own first try.
      if (!(await put(SEALS, number, kept)) && (await itemOf(number))?.['signed'] !== kept.signed) return false;
      await list(number, heads);
      return true;
    },

    seals: async () => (await items({ pk: SEALS })).map(sealOfItem),

    async newest() {
      const item = await newestItem(SEALS);
      return item && sealOfItem(item);
    },

    async seal(number) {
      const item = await itemOf(number);
      return item && sealOfItem(item);
    },

    added,

    async sealOf(applicationId) {
      const newest = Number((await newestItem(SEALS))?.['sk'] ?? 0);
      const listed = Number((await newestItem(LISTED))?.['sk'] ?? 0);
      const unlisted = listed < newest && (await added(newest)).some((head) => head.applicationId === applicationId);
      if (unlisted) return newest;
      const item = await newestItem(sealedKey(applicationId));
      return item && Number(item['sk']);
    },
  };
}
