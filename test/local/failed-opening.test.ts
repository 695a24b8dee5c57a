import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { openUnderwriting } from '../../local/underwriting-process.ts';

let folder: string;
let port: number;
const listening = (at: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(at, '127.0.0.1', () => resolve(server));
  });
const closed = (server: Server) => new Promise((resolve) => server.close(resolve));
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'underwright-'));
  const server = await listening(0);
  ({ port } = server.address() as AddressInfo);
  await closed(server);
});
afterEach(() => rmSync(folder, { recursive: true }));

const sql = (statement: string) => {
  const database = new DatabaseSync(join(folder, 'underwright.sqlite'));
  database.exec(statement);
  database.close();
};
const inFolder = (name: string) => join(folder, name);

interface Failing {
  /** Makes the step fail. @returns what takes the cause away. */
  readonly cause: () => (() => unknown) | Promise<() => unknown>;
  readonly error: object;
  readonly maxPages?: number;
}

/** In the order in which a folder is opened. */
const STEPS: readonly [string, Failing][] = [
  [
    'the database is none',
    {
      cause: () => {
        writeFileSync(inFolder('underwright.sqlite'), 'no database'.repeat(100));
        return () => rmSync(inFolder('underwright.sqlite'));
      },
      error: { errcode: 26 },
    },
  ],
  ['the disk is full', { cause: () => () => undefined, maxPages: 3, error: { errcode: 13 } }],
  [
    'the engine’s tables are others',
    {
      cause: () => {
        sql('CREATE TABLE workflow_execution (other TEXT)');
        return () => {
          for (const end of ['', '-wal', '-shm']) rmSync(inFolder(`underwright.sqlite${end}`), { force: true });
        };
      },
      error: { errcode: 1 },
    },
  ],
  [
    'a table was changed by another program',
    {
      cause: async () => {
        await (await openUnderwriting({ folder })).close();
        sql('ALTER TABLE work_items RENAME COLUMN data TO other');
        return () => sql('ALTER TABLE work_items RENAME COLUMN other TO data');
      },
      error: { name: 'SchemaChanged' },
    },
  ],
  [
    'the port is taken',
    {
      cause: async () => {
        const server = await listening(port);
        return () => closed(server);
      },
      error: { code: 'EADDRINUSE' },
    },
  ],
  [
    'the announcement cannot be written',
    {
      cause: () => {
        mkdirSync(inFolder('process.json'));
        return () => rmSync(inFolder('process.json'), { recursive: true });
      },
      error: { code: 'ERR_FS_EISDIR' },
    },
  ],
];

describe('A folder that cannot be opened because', () => {
  test.each(STEPS)('%s is left closed, and opens once the cause is gone', async (_, { cause, error, maxPages }) => {
    const repair = await cause();
    const limit = maxPages === undefined ? {} : { maxPages };
    await expect(openUnderwriting({ folder, port, ...limit })).rejects.toMatchObject(error);
    await repair();
    // The lock and the port are free again.
    const underwriting = await openUnderwriting({ folder, port });
    try {
      expect(underwriting.url).toBe(`http://127.0.0.1:${port}`);
      expect(JSON.parse(readFileSync(inFolder('process.json'), 'utf8'))).toMatchObject({ url: underwriting.url });
    } finally {
      await underwriting.close();
    }
  });
});
