import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { Records } from '../../audit/records.ts';
import { verifySealing } from '../../audit/verify/seals.ts';
import { verifyApplication } from '../../audit/verify/verification.ts';
import { openRecords } from '../../cli/open-records.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import type { SignedSeal } from '../../domain/ledger/seal.ts';
import { openUnderwriting } from '../../local/underwriting-process.ts';
import { sampleNow } from '../support/samples.ts';
import { sealedHeads } from '../support/sealed-heads.ts';
const APPLICATIONS = ['decline-income', 'counteroffer-dti', 'refer-no-file'];

export const DATABASE = 'underwright.sqlite';
export const LOG = 'underwright.sqlite-wal';

/** What was acknowledged: of each application, and of the seals. */
interface Contents {
  readonly applications: ReadonlyMap<string, string>;
  readonly seals: string;
}

/** A data folder as it stands on a disk while a process runs on it, and all that it told to the outside. */
export interface Template {
  /** The files by name: some applications are in the database, the newest and the seal in its log. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly acknowledged: Contents;
  /** The newest seal, kept outside of the folder. It has everything that was acknowledged. */
  readonly anchor: SignedSeal;
  /** Where ledger entries lie in the database file, and where sealed objects begin in it. */
  readonly entries: readonly Place[];
  readonly evidence: readonly Place[];
}

export interface Place {
  readonly offset: number;
  readonly length: number;
}

export async function makeTemplate(): Promise<Template> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-faults-'));
  const running = await openUnderwriting({ folder, bureauTimeoutMs: 500 });
  try {
    const database = join(folder, DATABASE);
    for (const id of APPLICATIONS) {
      await running.invoke('IntakeApplication', sampleNow(id));
      await running.engine.drain();
      // The last one and the seal stay in the log.
      if (id === APPLICATIONS.at(-1)) break;
      const other = new DatabaseSync(database);
      other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      other.close();
    }
    const { signed } = (await running.invoke('SealLedger', {})) as unknown as { signed: SignedSeal };
    const files = new Map(
      readdirSync(folder)
        .filter((name) => !name.endsWith('-shm') && name !== 'process.json' && !name.endsWith('.lock'))
        .map((name) => [name, readFileSync(join(folder, name))]),
    );
    const records = await openRecords({ data: folder });
    try {
      const acknowledged = {
        applications: new Map(
          await Promise.all(APPLICATIONS.map(async (id) => [id, await contentsOf(records, id)] as const)),
        ),
        seals: await sealsOf(records),
      };
      return { files, acknowledged, anchor: signed, ...(await placesOf(records, files.get(DATABASE)!)) };
    } finally {
      records.close();
    }
  } finally {
    await running.close();
    rmSync(folder, { recursive: true });
  }
}

/** What an application's records say, whatever lies around them in the files. */
async function contentsOf({ ledger, evidenceStore, identities }: Records, applicationId: string): Promise<string> {
  const entries = await ledger.read(applicationId);
  const evidence: string[] = [];
  for (const { body } of entries) {
    for (const { address } of (body['evidence'] ?? []) as { address: string }[])
      evidence.push(Buffer.from(await evidenceStore.get(address)).toString('base64'));
  }
  return canonicalJson([entries, evidence, await identities.get(applicationId)]);
}

const sealsOf = async ({ sealLog }: Records): Promise<string> =>
  canonicalJson([await sealLog.seals(), await sealedHeads(sealLog)]);

async function placesOf(
  { ledger, evidenceStore }: Records,
  file: Buffer,
): Promise<Pick<Template, 'entries' | 'evidence'>> {
  const find = (bytes: Buffer): Place[] => {
    const offset = file.indexOf(bytes);
    return offset < 0 ? [] : [{ offset, length: bytes.length }];
  };
  const places = { entries: [] as Place[], evidence: [] as Place[] };
  for (const id of APPLICATIONS) {
    for (const entry of await ledger.read(id)) {
      // One that does not fit on a page lies in parts.
      places.entries.push(...find(Buffer.from(canonicalJson(entry))));
      for (const { address } of (entry.body['evidence'] ?? []) as { address: string }[])
        places.evidence.push(...find(Buffer.from(await evidenceStore.get(address)).subarray(0, 64)));
    }
  }
  return places;
}

/** `INTACT`: all that was acknowledged is there, byte for byte. `REFUSED`: reading says that something is wrong. */
export type Verdict = 'INTACT' | 'REFUSED' | 'FOUND' | 'UNDETECTED';

/** Holds a damaged folder against what was acknowledged: the worst of its applications and its seals. */
export async function judge(
  folder: string,
  files: ReadonlyMap<string, Buffer>,
  { acknowledged, anchor }: Pick<Template, 'acknowledged' | 'anchor'>,
): Promise<Verdict> {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes, { mode: 0o600 });
  let records: Records;
  try {
    records = await openRecords({ data: folder });
  } catch {
    return 'REFUSED';
  }
  try {
    const verdicts: Verdict[] = [];
    const judged = async (said: string, read: () => Promise<string>, isFound: () => Promise<boolean>) => {
      const text = await read().catch(() => undefined);
      if (text === said) verdicts.push('INTACT');
      else if (text === undefined) verdicts.push('REFUSED');
      else verdicts.push((await isFound().catch(() => true)) ? 'FOUND' : 'UNDETECTED');
    };
    for (const [id, said] of acknowledged.applications) {
      await judged(
        said,
        () => contentsOf(records, id),
        async () => {
          const verified = await verifyApplication(records, id);
          return (
            (verified?.faults ?? []).length + (await verifySealing(records, { only: id, anchor })).faults.length > 0
          );
        },
      );
    }
    await judged(
      acknowledged.seals,
      () => sealsOf(records),
      async () => (await verifySealing(records, { anchor })).faults.length > 0,
    );
    const order: Verdict[] = ['UNDETECTED', 'FOUND', 'REFUSED', 'INTACT'];
    return order.find((each) => verdicts.includes(each)) ?? 'INTACT';
  } finally {
    records.close();
  }
}
