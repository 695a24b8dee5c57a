import { generateKeyPairSync, sign } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { jest } from '@jest/globals';

import { evidenceKey } from '../../adapters/aws/evidence-store.ts';
import { applicationKey } from '../../adapters/aws/table-keys.ts';
import { takeOut } from '../../audit/decision-file/collect.ts';
import { openRecords } from '../../cli/open-records.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';
import { openUnderwriting } from '../../local/underwriting-process.ts';
import { describeDamage, DECIDED, OTHER, type DamagedStore } from '../contracts/damage.ts';
import { openAwsWorld } from '../support/aws-world.ts';
import { example } from './program.ts';

jest.setTimeout(120_000);

const EXPORT = {
  by: 'r.vega',
  role: 'auditor' as const,
  requestId: crypto.randomUUID(),
  purpose: 'Examination 2026-14',
  withIdentity: false,
};
const parsed = (text: string): { id?: string; recordedAt?: string } => {
  try {
    return JSON.parse(text) as { id: string; recordedAt: string };
  } catch {
    return {};
  }
};

async function damagedFolder(): Promise<DamagedStore> {
  const template = mkdtempSync(join(tmpdir(), 'underwright-damage-'));
  const folder = `${template}-damaged`;
  const running = await openUnderwriting({ folder: template, bureauTimeoutMs: 500 });
  for (const id of [DECIDED, OTHER]) await running.invoke('IntakeApplication', example(id));
  await running.engine.drain();
  await running.invoke('SealLedger', {});
  await running.close();
  const writing = await openRecords({ data: template }, { readOnly: false });
  await takeOut(writing, DECIDED, EXPORT);
  writing.close();
  const again = await openUnderwriting({ folder: template });
  await again.invoke('SealLedger', {});
  await again.close();
  const restore = async () => {
    rmSync(folder, { recursive: true, force: true });
    cpSync(template, folder, { recursive: true });
  };
  await restore();
  const sql = (statement: string, ...values: SQLInputValue[]) => {
    const database = new DatabaseSync(join(folder, 'underwright.sqlite'));
    try {
      if (database.prepare(statement).run(...values).changes === 0) throw new Error('Nothing was damaged.');
    } finally {
      database.close();
    }
  };
  const { privateKey } = generateKeyPairSync('ed25519');
  const application = '(SELECT id FROM ledger_applications WHERE application_id = ?)';
  return {
    records: () => openRecords({ data: folder }),
    async putEntry(applicationId, sequence, text) {
      const place = `application = ${application} AND sequence = ?`;
      if (text === undefined) return sql(`DELETE FROM ledger_entries WHERE ${place}`, applicationId, sequence);
      sql(
        `INSERT INTO ledger_entries (application, sequence, event_id, entry) VALUES (${application}, ?, ?, ?)
         ON CONFLICT (application, sequence) DO UPDATE SET event_id = excluded.event_id, entry = excluded.entry`,
        applicationId,
        sequence,
        parsed(text).id ?? '',
        text,
      );
    },
    async putEvidence(address, bytes) {
      const key = Buffer.from(address, 'hex');
      if (bytes === undefined) sql('DELETE FROM evidence_objects WHERE address = ?', key);
      else sql('UPDATE evidence_objects SET bytes = ? WHERE address = ?', bytes, key);
    },
    async putSeal(number, signed) {
      if (signed === undefined) sql('DELETE FROM seals WHERE number = ?', number);
      else sql('UPDATE seals SET signed = ? WHERE number = ?', JSON.stringify(signed), number);
    },
    async damageHeads(damage) {
      if (damage === 'GONE') sql('DELETE FROM seal_heads WHERE position < 2');
      else sql(`UPDATE seal_heads SET head = json_set(head, '$.length', 1) WHERE position = 1`);
    },
    forge: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    restore,
    async close() {
      for (const each of [folder, template]) rmSync(each, { recursive: true });
    },
  };
}

async function damagedDeployment(): Promise<DamagedStore> {
  const world = await openAwsWorld();
  Object.assign(process.env, world.environment);
  for (const id of [DECIDED, OTHER]) await world.invoke('IntakeApplication', example(id));
  await world.settled();
  await world.invoke('SealLedger', {});
  await takeOut(await openRecords({ data: '', aws: true }), DECIDED, EXPORT);
  await world.invoke('SealLedger', {});
  const { dynamoDb, s3 } = world;
  const TableName = 'ledger';
  const scan = async () => (await dynamoDb.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
  const whole = await scan();
  const overwritten = new Map<string, Uint8Array>();
  const putObject = (address: string, Body: Uint8Array | undefined) => {
    const place = { Bucket: 'evidence', Key: evidenceKey(address) };
    return s3.send(Body === undefined ? new DeleteObjectCommand(place) : new PutObjectCommand({ ...place, Body }));
  };
  const putEvidence = async (address: string, bytes: Uint8Array | undefined) => {
    const { evidenceStore } = await openRecords({ data: '', aws: true });
    overwritten.set(address, await evidenceStore.get(address));
    await putObject(address, bytes);
  };
  const putItem = async (pk: string, sk: number, more: Record<string, unknown> | undefined, like = sk) => {
    const Key = { pk, sk };
    if (more === undefined) await dynamoDb.send(new DeleteCommand({ TableName, Key }));
    else {
      const { Item } = await dynamoDb.send(new GetCommand({ TableName, Key: { pk, sk: like } }));
      await dynamoDb.send(new PutCommand({ TableName, Item: { ...Item, ...Key, ...more } }));
    }
  };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return {
    records: () => openRecords({ data: '', aws: true }),
    async putEntry(applicationId, sequence, text) {
      const { id, recordedAt } = parsed(text ?? '');
      const keys = { ...(id !== undefined && { eventId: id }), ...(recordedAt !== undefined && { recordedAt }) };
      const pk = applicationKey(applicationId);
      const there = whole.some((item) => item['pk'] === pk && item['sk'] === sequence);
      await putItem(pk, sequence, text === undefined ? undefined : { ...keys, entry: text }, there ? sequence : 0);
    },
    putEvidence,
    async putSeal(number, signed) {
      await putItem('SEALS', number, signed && { signed: canonicalJson(signed) });
    },
    async damageHeads(damage) {
      const item = whole.find(({ pk, sk }) => pk === 'SEALS' && sk === 1);
      await putEvidence(String(item?.['heads']), damage === 'GONE' ? undefined : Buffer.from('{"applicationId":"x"}'));
    },
    forge: (text) => sign('sha256', Buffer.from(text), privateKey).toString('base64'),
    async restore() {
      for (const { pk, sk } of await scan())
        await dynamoDb.send(new DeleteCommand({ TableName, Key: { pk: String(pk), sk: Number(sk) } }));
      for (const Item of whole) await dynamoDb.send(new PutCommand({ TableName, Item }));
      for (const [address, bytes] of overwritten) await putObject(address, bytes);
      overwritten.clear();
    },
    close: () => world.close(),
  };
}

describeDamage('A data folder', 'SEALED_TREE_CHANGED', damagedFolder);
// Heads are evidence there: what does not have its address is not read at all.
describeDamage('A deployment', 'SEALS_UNREADABLE', damagedDeployment);
