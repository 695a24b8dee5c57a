import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { GroupCommitDatabase } from '../../../adapters/embedded/group-commit.ts';
import { temporaryDataFolder, type TemporaryDataFolder } from '../../support/data-folder.ts';

const key = randomBytes(32);
const TABLES = `
  CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, name TEXT, picture BLOB, born INTEGER) STRICT;
  CREATE TABLE IF NOT EXISTS places (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
`;

describe('Row authentication', () => {
  let data: TemporaryDataFolder;
  beforeEach(() => {
    data = temporaryDataFolder();
    write((database) => {
      const person = database.statement('INSERT INTO people (name, picture, born) VALUES (?, ?, ?)');
      for (const born of [1, 2, 3]) person.run(`Person ${born}`, Buffer.from([born]), born);
      database.statement('INSERT INTO places (name) VALUES (?)').run('Springfield');
      database.statement('UPDATE people SET born = born + 1 WHERE born > 1').run();
      database.statement('DELETE FROM people WHERE born = 3').run();
    });
  });
  afterEach(() => data.remove());

  function open(options: { readOnly?: boolean } = {}, by = key): GroupCommitDatabase {
    const database = data.open(options);
    database.authenticate(by);
    database.schema(TABLES);
    return database;
  }
  function write(work: (database: GroupCommitDatabase) => void): void {
    const database = open();
    database.writeNow(() => work(database));
    database.close();
  }
  /** Another program, which has no key. */
  function tamper(sql: string): void {
    const database = new DatabaseSync(join(data.folder, 'underwright.sqlite'), { defensive: false });
    database.exec(sql);
    database.close();
  }
  function changed(by = key): string[] | undefined {
    const database = open({ readOnly: true }, by);
    const tables = database.changedTables();
    database.close();
    return tables;
  }

  test('finds nothing in what the program wrote, also beside it and after it was opened again', () => {
    expect(changed()).toEqual([]);
    write((database) => database.statement("INSERT INTO places (name) VALUES ('Shelbyville')").run());
    expect(changed()).toEqual([]);
    const running = open();
    expect(running.changedTables()).toEqual([]);
    running.close();
  });

  test.each([
    ['an insert', "INSERT INTO places (name) VALUES ('Nowhere')", 'places'],
    ['a deletion', "DELETE FROM people WHERE name = 'Person 1'", 'people'],
    ['a changed text', "UPDATE places SET name = 'Springfeld'", 'places'],
    ['a changed BLOB', "UPDATE people SET picture = x'02' WHERE id = 1", 'people'],
    ['a null', 'UPDATE people SET picture = NULL WHERE id = 1', 'people'],
    ['a changed key', 'UPDATE people SET id = 9 WHERE id = 1', 'people'],
    ['a number that JavaScript cannot hold', 'UPDATE people SET born = 9223372036854775807 WHERE id = 1', 'people'],
    ['two exchanged values', 'UPDATE people SET born = CASE id WHEN 1 THEN 4 ELSE 1 END', 'people'],
    ['a deleted state', 'DELETE FROM row_authentication', 'row_authentication'],
    ['a changed state', "UPDATE row_authentication SET sums = x'00'", 'row_authentication'],
  ])('finds %s', (_what, sql, table) => {
    tamper(sql);
    expect(changed()).toContain(table);
    write((database) => database.statement("INSERT INTO people (name) VALUES ('Person 7')").run());
    expect(changed()?.length).toBeGreaterThan(0);
  });

  test('finds a state or a row of an earlier moment', () => {
    const before = data.open({ readOnly: true });
    const { sums } = before.statement('SELECT sums FROM row_authentication').get() as { sums: Uint8Array };
    before.close();
    write((database) => database.statement("UPDATE places SET name = 'Shelbyville'").run());
    tamper("UPDATE places SET name = 'Springfield'");
    expect(changed()).toEqual(['places']);
    tamper(
      `UPDATE places SET name = 'Shelbyville'; UPDATE row_authentication SET sums = x'${Buffer.from(sums).toString('hex')}'`,
    );
    expect(changed()).toEqual(['places']);
  });

  test('takes no other key', () => {
    expect(changed(randomBytes(32))).toEqual(['row_authentication']);
  });

  const trigger = 'CREATE TRIGGER other AFTER INSERT ON people BEGIN DELETE FROM places; END';
  const definition = (change: string) =>
    `PRAGMA writable_schema = ON; ${change}; PRAGMA writable_schema = OFF; PRAGMA schema_version = 99`;
  const FOREIGN: [string, string][] = [
    ['a trigger', trigger],
    [
      'a trigger whose type is written in capitals',
      definition(
        `INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('TRIGGER', 'other', 'people', 0, '${trigger}')`,
      ),
    ],
    [
      'a generated column that drops rows',
      definition(
        `UPDATE sqlite_master SET sql = replace(sql, 'born INTEGER', 'born INTEGER, g INT GENERATED ALWAYS AS (NULL) VIRTUAL NOT NULL ON CONFLICT IGNORE') WHERE name = 'people'`,
      ),
    ],
    ['a view', 'CREATE VIEW other AS SELECT * FROM people'],
    ['another index', 'CREATE INDEX other ON people (born)'],
    ['another table', 'CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT'],
    ['a deleted table', 'DROP TABLE places'],
  ];

  test.each(FOREIGN)('names %s, and does not open the database to write', (_what, sql) => {
    tamper(sql);
    expect(changed()).toContain('sqlite_master');
    expect(() => open()).toThrow(expect.objectContaining({ name: 'SchemaChanged' }));
  });

  test.each(FOREIGN)('writes nothing once another program added %s while it runs', async (_what, sql) => {
    const running = open();
    await running.write(() => running.statement("INSERT INTO places (name) VALUES ('Shelbyville')").run());
    tamper(sql);
    const insert = () => running.statement("INSERT INTO people (name) VALUES ('Person 9')").run();
    await expect(running.write(insert)).rejects.toThrow(/changed the tables, indexes, triggers or views/);
    running.close();
  });

  test('counts no write that was rolled back', () => {
    write((database) => {
      const twice = () => {
        database.statement("INSERT INTO people (name) VALUES ('Person 8')").run();
        database.statement("INSERT INTO places (name) VALUES ('Springfield')").run();
      };
      expect(() => database.writeNow(twice)).toThrow(/UNIQUE/);
    });
    expect(changed()).toEqual([]);
  });

  test('takes rows as they are when it is asked to', async () => {
    tamper("UPDATE places SET name = 'Shelbyville'");
    const database = open();
    await database.acceptRows('places');
    database.close();
    expect(changed()).toEqual([]);
  });

  test('finds any change of any value, and nothing when it is undone', () => {
    const cell = fc.record({ id: fc.constantFrom(1, 3), column: fc.constantFrom('name', 'picture', 'born') });
    const values = { name: fc.string(), picture: fc.uint8Array(), born: fc.maxSafeInteger() };
    const change = cell.chain(({ id, column }) =>
      fc.record({ id: fc.constant(id), column: fc.constant(column), value: values[column] }),
    );
    fc.assert(
      fc.property(change, ({ id, column, value }) => {
        const database = data.open();
        const read = database.statement(`SELECT ${column} AS value FROM people WHERE id = ?`);
        const set = database.statement(`UPDATE people SET ${column} = ? WHERE id = ?`);
        const earlier = read.get(id)?.['value'] as string | number | Uint8Array;
        set.run(value, id);
        const same = Buffer.from(String(earlier)).equals(Buffer.from(String(read.get(id)?.['value'])));
        const found = changed();
        set.run(earlier, id);
        database.close();
        expect(found).toEqual(same ? [] : ['people']);
        expect(changed()).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
