import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { DataFolderInUse, lockDataFolder } from '../../adapters/embedded/data-folder-lock.ts';
import { embeddedEvents, type PublishedEvent } from '../../adapters/embedded/events.ts';
import { embeddedEvidenceStore } from '../../adapters/embedded/evidence-store.ts';
import { GroupCommitDatabase } from '../../adapters/embedded/group-commit.ts';
import { embeddedLedger } from '../../adapters/embedded/ledger.ts';
import { embeddedVault } from '../../adapters/embedded/vault.ts';
import { embeddedWorkStore } from '../../adapters/embedded/work-store.ts';
import { StoreUnavailable } from '../../adapters/ports.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { domainEvent } from '../contracts/events.ts';
import { ledgerEvent } from '../contracts/ledger.ts';
import { temporaryDataFolder, type TemporaryDataFolder } from '../support/data-folder.ts';
import { manualClock } from '../support/manual-clock.ts';

let data: TemporaryDataFolder;
beforeEach(() => {
  data = temporaryDataFolder();
});
afterEach(() => data.remove());

describe('a full disk', () => {
  test('refuses by name, keeps all that was acknowledged, and nothing of what was refused', async () => {
    const full = data.open({ maxPages: 64 });
    const ledger = embeddedLedger(full, manualClock());
    const work = embeddedWorkStore(full);
    const store = embeddedEvidenceStore(full);
    const acknowledged: string[] = [];
    const refusals: unknown[] = [];
    for (let n = 0; refusals.length === 0 && n < 1000; n += 1) {
      const written = Promise.all([
        ledger.append(ledgerEvent('application-1', `e${n}`, { filler: 'x'.repeat(1000) })),
        work.create({ pk: 'QUEUE#1', sk: `e${n}`, data: {} }),
        store.put(new Uint8Array(Buffer.from(`evidence ${n} `.repeat(100)))),
      ]);
      await written.then(
        () => acknowledged.push(`e${n}`),
        (error: unknown) => refusals.push(error),
      );
    }
    expect(refusals[0]).toBeInstanceOf(StoreUnavailable);
    expect(acknowledged.length).toBeGreaterThan(5);
    await expect(work.create({ pk: 'QUEUE#1', sk: 'later', data: {} })).rejects.toThrow(StoreUnavailable);
    full.close();

    const again = data.open();
    try {
      const entries = await embeddedLedger(again, manualClock()).read('application-1');
      expect(entries.map(({ id }) => id)).toEqual(acknowledged);
      expect(verifyChain('application-1', entries)).toEqual([]);
      const { items } = await embeddedWorkStore(again).list('QUEUE#1', { limit: 1000 });
      expect(items.map(({ sk }) => sk).sort()).toEqual(acknowledged.sort());
      const next = await embeddedLedger(again, manualClock()).append(ledgerEvent('application-1', 'after'));
      expect(next.sequence).toBe(acknowledged.length);
    } finally {
      again.close();
    }
  });
});

describe('a process that is killed while it writes', () => {
  const moduleOf = (path: string) =>
    JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../adapters', path)).href);
  const write = `
    import { GroupCommitDatabase } from ${moduleOf('embedded/group-commit.ts')};
    import { embeddedLedger } from ${moduleOf('embedded/ledger.ts')};
    import { systemClock } from ${moduleOf('system-clock.ts')};
    const ledger = embeddedLedger(new GroupCommitDatabase(process.argv[1]), systemClock);
    for (let n = 0; ; n += 1) {
      const event = { id: 'e' + n, applicationId: 'application-1', type: 'T', schemaVersion: 1, actor: 'system' };
      await ledger.append({ ...event, occurredAt: '2026-01-05T11:59:59.000Z', body: {} });
      process.stdout.write('e' + n + '\\n');
    }
  `;

  test('leaves every entry that it acknowledged, in a chain that holds', async () => {
    const file = join(data.folder, 'killed.sqlite');
    const writer = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', write, file],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    writer.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > 20) writer.kill('SIGKILL');
    });
    await once(writer, 'close');
    const acknowledged = output.split('\n').slice(0, -1);
    expect(acknowledged.length).toBeGreaterThanOrEqual(20);

    const again = new GroupCommitDatabase(file);
    const entries = await embeddedLedger(again, manualClock()).read('application-1');
    again.close();
    expect(entries.map(({ id }) => id).slice(0, acknowledged.length)).toEqual(acknowledged);
    expect(verifyChain('application-1', entries)).toEqual([]);
  });
});

describe('the lock on a data folder', () => {
  const module = pathToFileURL(join(import.meta.dirname, '../../adapters/embedded/data-folder-lock.ts')).href;
  const hold = `
    import { lockDataFolder } from ${JSON.stringify(module)};
    globalThis.release = lockDataFolder(process.argv[1]);
    process.stdout.write('held');
    setInterval(() => {}, 60_000);
  `;

  test('keeps a second process out, and is free once the holder was killed', async () => {
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', hold, data.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    expect(() => lockDataFolder(data.folder)).toThrow(DataFolderInUse);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const release = lockDataFolder(data.folder);
    expect(() => lockDataFolder(data.folder)).toThrow(DataFolderInUse);
    release();
    lockDataFolder(data.folder)();
  });

  test.each(['lock.sqlite', 'underwright.sqlite', 'underwright.sqlite-wal', 'underwright.sqlite-shm'])(
    'holds after %s was deleted',
    async (file) => {
      await data.database.write(() => data.database.schema('CREATE TABLE kept (value TEXT)'));
      const release = lockDataFolder(data.folder);
      try {
        rmSync(join(data.folder, file));
        expect(() => lockDataFolder(data.folder)).toThrow(DataFolderInUse);
        // One refusal leaves nothing behind that would let the next one in.
        expect(() => lockDataFolder(data.folder)).toThrow(DataFolderInUse);
      } finally {
        release();
      }
      lockDataFolder(data.folder)();
    },
  );

  test('is one process’s of those that open a new folder at once', async () => {
    const folder = join(data.folder, 'new');
    const racing = `
      import { lockDataFolder } from ${JSON.stringify(module)};
      process.stdin.once('data', () => {
        try {
          globalThis.release = lockDataFolder(process.argv[1]);
          process.stdout.write('held');
        } catch (error) {
          process.stdout.write(error.name);
        }
      });
      process.stdout.write('ready');
    `;
    const racers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '--eval', racing, folder], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const said = async () =>
      Promise.all(racers.map(async ({ stdout }) => String(((await once(stdout, 'data')) as [Buffer])[0])));
    await said();
    const outcomes = said();
    for (const { stdin } of racers) stdin.write('go');
    expect((await outcomes).sort()).toEqual(['DataFolderInUse', 'DataFolderInUse', 'DataFolderInUse', 'held']);
    await Promise.all(
      racers.map((racer) => {
        racer.kill('SIGKILL');
        return once(racer, 'exit');
      }),
    );
    lockDataFolder(folder)();
  });

  test('that cannot be taken for want of space is not called another process’s', () => {
    rmSync(data.folder, { recursive: true });
    writeFileSync(data.folder, 'a file');
    try {
      expect(() => lockDataFolder(data.folder)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    } finally {
      rmSync(data.folder);
      mkdirSync(data.folder);
    }
  });
});

describe('a database whose file was deleted or replaced', () => {
  const FILES = ['underwright.sqlite', 'underwright.sqlite-wal', 'underwright.sqlite-shm'];
  const filled = async () => {
    data.database.schema('CREATE TABLE kept (value TEXT)');
    await data.database.write(() => data.database.statement('INSERT INTO kept VALUES (1)').run());
    await new Promise((resolve) => setImmediate(resolve));
  };
  const replace = (path: string) => {
    renameSync(path, `${path}-old`);
    copyFileSync(`${path}-old`, path);
  };

  test.each(FILES.flatMap((file) => [[file, 'deleted', rmSync] as const, [file, 'replaced', replace] as const]))(
    '(%s, %s) answers no read and takes no write',
    async (file, _, change) => {
      await filled();
      const failures: Error[] = [];
      data.database.onFailure((failure) => failures.push(failure));
      change(join(data.folder, file));
      await expect(data.database.committed()).rejects.toThrow(new RegExp(`${file} was deleted or replaced`));
      const write = () => data.database.statement('INSERT INTO kept VALUES (2)').run();
      await expect(data.database.write(write)).rejects.toThrow(StoreUnavailable);
      expect(failures).toHaveLength(1);
    },
  );

  test('acknowledges no write that went there', async () => {
    await filled();
    rmSync(join(data.folder, 'underwright.sqlite-wal'));
    const write = () => data.database.statement('INSERT INTO kept VALUES (2)').run();
    await expect(data.database.write(write)).rejects.toThrow(StoreUnavailable);
  });
});

describe('the vault’s master key', () => {
  const file = () => join(data.folder, 'vault.key');
  const open = () => embeddedVault(data.database, data.folder);

  test('is 32 bytes for the owner alone, and the same after a restart', async () => {
    const key = await open().createDataKey('application-1');
    expect(statSync(file()).size).toBe(32);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const again = data.open();
    expect(await embeddedVault(again, data.folder).dataKey('application-1')).toEqual(key);
    again.close();
  });

  test('is never made anew where data was written with one', async () => {
    await open().createDataKey('application-1');
    const genuine = readFileSync(file());
    rmSync(file());
    expect(open).toThrow(/vault\.key is missing or cut short/);
    expect(() => statSync(file())).toThrow(/ENOENT/);
    writeFileSync(file(), genuine);
    truncateSync(file(), 31);
    expect(open).toThrow(/vault\.key is missing or cut short/);
    writeFileSync(
      file(),
      genuine.map((byte) => byte ^ 1),
    );
    expect(open).toThrow(expect.objectContaining({ name: 'VaultKeyDamaged' }));
    writeFileSync(file(), genuine);
    expect(await open().dataKey('application-1')).toHaveLength(32);
  });

  test('whose writing was cut short before anything was stored is replaced', async () => {
    writeFileSync(file(), new Uint8Array(7));
    expect(await open().createDataKey('application-1')).toHaveLength(32);
    expect(statSync(file()).size).toBe(32);
  });

  test('does not open a wrapped key that was changed, or moved to another application', async () => {
    for (const id of ['application-1', 'application-2', 'application-3']) await open().createDataKey(id);
    await data.edit(
      `UPDATE vault_applications SET wrapped_key = zeroblob(length(wrapped_key)) WHERE application_id = 'application-1'`,
    );
    await data.edit(
      `UPDATE vault_applications SET wrapped_key =
         (SELECT wrapped_key FROM vault_applications WHERE application_id = 'application-3')
       WHERE application_id = 'application-2'`,
    );
    const vault = open();
    await expect(vault.dataKey('application-1')).rejects.toMatchObject({ name: 'VaultKeyDamaged' });
    await expect(vault.dataKey('application-2')).rejects.toMatchObject({ name: 'VaultKeyDamaged' });
    expect(await vault.dataKey('application-3')).toHaveLength(32);
  });

  test('a destroyed data key is in no file of the folder once the database is closed', async () => {
    const database = data.open();
    const vault = embeddedVault(database, data.folder);
    await vault.createDataKey('application-1');
    const identity = new Uint8Array(randomBytes(10_000));
    await vault.putIdentity('application-1', identity);
    const wrapped = database.statement('SELECT wrapped_key FROM vault_applications').get()?.['wrapped_key'];
    await vault.destroyDataKey('application-1');
    database.close();
    data.database.close();
    const bytes = readFileSync(join(data.folder, 'underwright.sqlite'));
    for (const secret of [wrapped as Uint8Array, identity]) {
      const parts = Array.from({ length: Math.floor(secret.length / 12) }, (_, n) => secret.slice(n * 12, n * 12 + 12));
      expect(parts.filter((part) => bytes.includes(Buffer.from(part)))).toEqual([]);
    }
    expect(() => statSync(join(data.folder, 'underwright.sqlite-wal'))).toThrow(/ENOENT/);
  });
});

describe('reading a folder that another process writes', () => {
  test('a read-only database serves what is stored', async () => {
    await embeddedLedger(data.database, manualClock()).append(ledgerEvent('application-1', 'e1'));
    await embeddedVault(data.database, data.folder).createDataKey('application-1');
    const reader = data.open({ readOnly: true });
    try {
      expect(await embeddedLedger(reader, manualClock()).read('application-1')).toHaveLength(1);
      expect(await embeddedVault(reader, data.folder).dataKey('application-1')).toHaveLength(32);
    } finally {
      reader.close();
    }
  });
});

describe('the outbox of events', () => {
  test('tells listeners what is on disk, in order, until they leave', async () => {
    const events = embeddedEvents(data.database);
    const heard: PublishedEvent[] = [];
    const leave = events.subscribe((published) => heard.push(published));
    await events.publish([domainEvent('a'), domainEvent('b')]);
    expect(heard.map(({ event }) => event.id)).toEqual(['a', 'b']);
    leave();
    await events.publish([domainEvent('c')]);
    expect(heard).toHaveLength(2);
    expect(await events.read({ limit: 2 })).toEqual(heard);
  });

  test('lets a reader that was away go on from its position', async () => {
    await embeddedEvents(data.database).publish(['a', 'b', 'c'].map(domainEvent));
    const again = data.open();
    const events = embeddedEvents(again);
    const [first, ...rest] = await events.read();
    expect(rest.map(({ event }) => event.id)).toEqual(['b', 'c']);
    expect(await events.read({ after: first?.position ?? -1 })).toEqual(rest);
    expect(await events.read({ after: rest.at(-1)?.position ?? -1 })).toEqual([]);
    again.close();
  });
});
