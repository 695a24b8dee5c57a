import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

import { KeyCache } from '../key-cache.ts';
import { IdentityConflict, IdentityMissing, KeyDestroyed, KeyMissing, type Vault } from '../ports.ts';
import type { GroupCommitDatabase } from './group-commit.ts';
import { createMasterKey, masterKeyFile, readMasterKey } from './master-key.ts';

class VaultKeyDamaged extends Error {
  override readonly name = 'VaultKeyDamaged';
}

// secure_delete overwrites what is deleted, so a destroyed key does not linger in free pages.
const SCHEMA = `
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS vault_master (id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS vault_applications (
    id INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL UNIQUE,
    wrapped_key BLOB,
    identity BLOB,
    destroyed INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`;

type Row = { wrapped_key: Uint8Array | null; identity: Uint8Array | null; destroyed: number };

/**
 * The vault in a data folder. Data keys are wrapped with AES-256-GCM under a key derived from `vault.key`; without that
 * file nothing sealed can be opened, so back it up apart from the database.
 * @throws VaultKeyDamaged when the file is missing, or is not the one that the stored keys were wrapped under.
 */
export function embeddedVault(database: GroupCommitDatabase, folder: string): Vault {
  database.schema(SCHEMA);
  const master = masterKey(database, folder);
  database.authenticate(derive(master, 'rows'));
  const wrappingKey = createSecretKey(derive(master, 'wrap'));
  const indexingKey = createSecretKey(derive(master, 'index'));
  const vault = { database, wrappingKey, cache: new KeyCache() };
  return {
    createDataKey: (applicationId) => database.write(() => createDataKey(vault, applicationId)),

    async dataKey(applicationId) {
      const wrapped = findRow(database, applicationId)?.wrapped_key;
      if (wrapped) return unwrap(vault, applicationId, wrapped);
      throw new KeyMissing(`${applicationId} has no data key: it is made when an application is taken in.`);
    },

    async destroyDataKey(applicationId) {
      await database.write(() => destroyDataKey(vault, applicationId));
      database.emptyLog();
    },

    putIdentity: (applicationId, sealed) => database.write(() => putIdentity(database, applicationId, sealed)),

    async getIdentity(applicationId) {
      const identity = findRow(database, applicationId)?.identity;
      if (!identity) throw new IdentityMissing(`No identity is stored for ${applicationId}.`);
      await database.committed();
      return identity;
    },

    holds: async (applicationId) =>
      database.statement('SELECT 1 FROM vault_applications WHERE application_id = ?').get(applicationId) !== undefined,

    indexKey: async (identifier) => createHmac('sha256', indexingKey).update(identifier).digest('hex'),
  };
}

interface OpenVault {
  readonly database: GroupCommitDatabase;
  readonly wrappingKey: KeyObject;
  /** Data keys in clear. */
  readonly cache: KeyCache;
}

/** @throws KeyDestroyed where the application was forgotten. */
function findRow(database: GroupCommitDatabase, applicationId: string): Row | undefined {
  const row = database
    .statement('SELECT wrapped_key, identity, destroyed FROM vault_applications WHERE application_id = ?')
    .get(applicationId) as Row | undefined;
  if (!row?.destroyed) return row;
  throw new KeyDestroyed(`The data key of ${applicationId} was destroyed: what it sealed can never be read again.`);
}

function unwrap({ wrappingKey, cache }: OpenVault, applicationId: string, wrapped: Uint8Array): Uint8Array {
  const known = cache.get(wrapped);
  if (known) return known;
  const key = unwrapKey(wrappingKey, applicationId, wrapped);
  cache.set(wrapped, key);
  return key;
}

function createDataKey(vault: OpenVault, applicationId: string): Uint8Array {
  const { database, wrappingKey, cache } = vault;
  const existing = findRow(database, applicationId)?.wrapped_key;
  if (existing) return unwrap(vault, applicationId, existing);
  const key = randomBytes(32);
  const wrapped = wrapKey(wrappingKey, applicationId, key);
  database
    .statement(
      `INSERT INTO vault_applications (application_id, wrapped_key) VALUES (?, ?)
       ON CONFLICT (application_id) DO UPDATE SET wrapped_key = excluded.wrapped_key`,
    )
    .run(applicationId, wrapped);
  cache.set(wrapped, key);
  return new Uint8Array(key);
}

function destroyDataKey({ database, cache }: OpenVault, applicationId: string): void {
  const row = database
    .statement('SELECT wrapped_key FROM vault_applications WHERE application_id = ?')
    .get(applicationId);
  const wrapped = row?.['wrapped_key'] as Uint8Array | null | undefined;
  if (wrapped) cache.delete(wrapped);
  database
    .statement(
      `INSERT INTO vault_applications (application_id, destroyed) VALUES (?, 1)
       ON CONFLICT (application_id) DO UPDATE SET wrapped_key = NULL, identity = NULL, destroyed = 1`,
    )
    .run(applicationId);
}

function putIdentity(database: GroupCommitDatabase, applicationId: string, sealed: Uint8Array): void {
  const earlier = findRow(database, applicationId)?.identity;
  if (earlier) {
    if (Buffer.compare(earlier, sealed) === 0) return;
    throw new IdentityConflict(`Another identity is stored for ${applicationId}: an identity is written once.`);
  }
  database
    .statement(
      `INSERT INTO vault_applications (application_id, identity) VALUES (?, ?)
       ON CONFLICT (application_id) DO UPDATE SET identity = excluded.identity`,
    )
    .run(applicationId, sealed);
}

function derive(master: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', master, '', `underwright vault ${purpose} v1`, 32));
}

/** The fingerprint in the database tells a lost or exchanged key file from a new data folder. */
function masterKey(database: GroupCommitDatabase, folder: string): Uint8Array {
  const known = database.statement('SELECT fingerprint FROM vault_master').get()?.['fingerprint'] as
    | Uint8Array
    | undefined;
  const stored = readMasterKey(folder);
  if (known) {
    if (stored && Buffer.compare(derive(stored, 'fingerprint'), known) === 0) return stored;
    throw new VaultKeyDamaged(
      `${masterKeyFile(folder)} is ${stored ? 'not the key' : 'missing or cut short: it is the key'} that this data ` +
        `folder was written with. Name the folder of its keys with --key-dir, or put the backup of that file back: ` +
        `without it nothing sealed here can be opened.`,
    );
  }
  const master = stored ?? createMasterKey(folder);
  database.writeNow(() =>
    database.statement('INSERT INTO vault_master (id, fingerprint) VALUES (1, ?)').run(derive(master, 'fingerprint')),
  );
  return master;
}

/** 12 bytes of nonce, 32 of key, 16 of tag; bound to the application. */
function wrapKey(wrappingKey: KeyObject, applicationId: string, key: Uint8Array): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce).setAAD(Buffer.from(applicationId));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

function unwrapKey(wrappingKey: KeyObject, applicationId: string, wrapped: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey, wrapped.subarray(0, 12), { authTagLength: 16 })
      .setAAD(Buffer.from(applicationId))
      .setAuthTag(wrapped.subarray(-16));
    return new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]));
  } catch (cause) {
    throw new VaultKeyDamaged(
      `The wrapped data key of ${applicationId} was changed in the data folder: restore it from a backup.`,
      { cause },
    );
  }
}
