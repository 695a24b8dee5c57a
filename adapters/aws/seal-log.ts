import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';

import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { sealedHead, signedSeal, type SealedHead, type SignedSeal } from '../../domain/ledger/seal.ts';
import type { EvidenceStore, SealLog } from '../ports.ts';
import { putItemIf, queryItems, type Item, type Table } from './table.ts';

/** The table is the ledger's: no role may change or remove its items, so no role can change a seal. */
export interface AwsSealLogOptions extends Table {
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
export function awsSealLog({ evidenceStore, ...table }: AwsSealLogOptions): SealLog {
  const added = async (number: number) => headsOf(evidenceStore, await itemOf(table, number));
  return {
    async append(signed, heads) {
      await listUnlisted(table, signed.seal.number - 1, added);
      if (!(await putSeal(table, evidenceStore, signed, heads))) return false;
      await list(table, signed.seal.number, heads);
      return true;
    },

    seals: async () => (await Array.fromAsync(queryItems(table, partition(SEALS)))).map(sealOfItem),

    async newest() {
      const item = await newestItem(table, SEALS);
      return item && sealOfItem(item);
    },

    async seal(number) {
      const item = await itemOf(table, number);
      return item && sealOfItem(item);
    },

    added,

    async sealOf(applicationId) {
      const newest = await newestNumber(table, SEALS);
      const listed = await newestNumber(table, LISTED);
      const unlisted = listed < newest && (await added(newest)).some((head) => head.applicationId === applicationId);
      if (unlisted) return newest;
      const item = await newestItem(table, sealedKey(applicationId));
      return item && Number(item['sk']);
    },
  };
}

const partition = (pk: string) => ({
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': pk },
  ConsistentRead: true,
});

/** The first item of a query; the iteration ends before a second page. */
async function firstItem(table: Table, query: Partial<QueryCommandInput>): Promise<Item | undefined> {
  for await (const item of queryItems(table, { ...query, Limit: 1 })) return item;
  return undefined;
}

const newestItem = (table: Table, pk: string) => firstItem(table, { ...partition(pk), ScanIndexForward: false });

async function newestNumber(table: Table, pk: string): Promise<number> {
  return Number((await newestItem(table, pk))?.['sk'] ?? 0);
}

/** By a query, because no role may get single items of the ledger's table. */
const itemOf = (table: Table, number: number) =>
  firstItem(table, {
    KeyConditionExpression: 'pk = :pk AND sk = :number',
    ExpressionAttributeValues: { ':pk': SEALS, ':number': number },
    ConsistentRead: true,
  });

/** @returns false where another seal has the number. */
async function putSeal(
  table: Table,
  evidenceStore: EvidenceStore,
  signed: SignedSeal,
  heads: readonly SealedHead[],
): Promise<boolean> {
  const { number } = signed.seal;
  const { address, versionId } = await evidenceStore.put(Buffer.from(heads.map(canonicalJson).join('\n')));
  const kept = { signed: canonicalJson(signed), heads: address, headsVersionId: versionId };
  if (await putItemIf(table, { pk: SEALS, sk: number, ...kept })) return true;
  // The client repeats a put whose answer was lost. The item in its way is then its own first try.
  return (await itemOf(table, number))?.['signed'] === kept.signed;
}

async function list(table: Table, number: number, heads: readonly SealedHead[]): Promise<void> {
  const rest = heads.values();
  const lane = async () => {
    for (const { applicationId } of rest) await putItemIf(table, { pk: sealedKey(applicationId), sk: number });
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await putItemIf(table, { pk: LISTED, sk: number });
}

/** Lists what a call that died left unlisted. */
async function listUnlisted(table: Table, number: number, added: SealLog['added']): Promise<void> {
  if (number === 0 || (await newestNumber(table, LISTED)) >= number) return;
  await list(table, number, await added(number));
}

async function headsOf(evidenceStore: EvidenceStore, item: Item | undefined): Promise<SealedHead[]> {
  if (!item) return [];
  const lines = Buffer.from(await evidenceStore.get(String(item['heads']))).toString();
  if (lines === '') return [];
  return lines.split('\n').map((line) => sealedHead.parse(JSON.parse(line)));
}

const sealOfItem = (item: Item): SignedSeal => signedSeal.parse(JSON.parse(String(item['signed'])));
