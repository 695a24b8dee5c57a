/**
 * `node scripts/verify-ledger-table.ts TABLE`: reads a whole ledger table of DynamoDB, such as one restored from a backup,
 * and checks every application's chain. Ends with 1 and names each fault. Needs `dynamodb:Scan` on the table.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';

import { applicationKey } from '../adapters/aws/table-keys.ts';
import { entryOf, LedgerDamaged } from '../adapters/ledger-entry.ts';
import { verifyChain, type LedgerEntry } from '../domain/ledger/chain.ts';

const PREFIX = applicationKey('');

export interface TableVerification {
  readonly applications: number;
  readonly entries: number;
  /** Each as a sentence. */
  readonly faults: string[];
}

/** Checks the chain of every application in a table; entries that were cut off its end only a seal can show. */
export async function verifyLedgerTable(client: DynamoDBDocumentClient, tableName: string): Promise<TableVerification> {
  const chains = new Map<string, LedgerEntry[]>();
  const faults: string[] = [];
  let entries = 0;
  let startKey: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: startKey }),
    );
    for (const { pk, sk, entry } of page.Items ?? []) {
      // Seals lie in the same table: underwright verify --all --aws holds them against the chains.
      if (!String(pk).startsWith(PREFIX)) continue;
      entries += 1;
      const applicationId = String(pk).slice(PREFIX.length);
      const chain = chains.get(applicationId) ?? [];
      chains.set(applicationId, chain);
      try {
        chain.push(entryOf(entry, applicationId));
      } catch (error) {
        if (!(error instanceof LedgerDamaged)) throw error;
        faults.push(`${applicationId} entry ${String(sk)}: ENTRY_UNREADABLE`);
      }
    }
    startKey = page.LastEvaluatedKey;
  } while (startKey);
  for (const [applicationId, chain] of chains) {
    chain.sort((one, other) => one.sequence - other.sequence);
    for (const { fault, sequence } of verifyChain(applicationId, chain))
      faults.push(`${applicationId} entry ${sequence}: ${fault}`);
  }
  return { applications: chains.size, entries, faults };
}

if (import.meta.main) {
  const [tableName] = process.argv.slice(2);
  if (tableName === undefined) {
    console.error('Name the table: node scripts/verify-ledger-table.ts TABLE');
    process.exit(2);
  }
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  const { applications, entries, faults } = await verifyLedgerTable(client, tableName);
  for (const fault of faults) console.log(fault);
  console.log(`${applications} applications, ${entries} entries, ${faults.length} faults.`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
