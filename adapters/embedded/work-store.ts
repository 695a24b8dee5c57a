import type { SQLInputValue } from 'node:sqlite';

import type { JsonObject } from '../../domain/json.ts';
import { cursorPlace, cursorText, pageLimit } from '../page-cursor.ts';
import type { IndexListOptions, ListOptions, ScannedItem, WorkItem, WorkPage, WorkStore } from '../ports.ts';
import type { GroupCommitDatabase } from './group-commit.ts';

// SQLite compares text by its UTF-8 bytes, as DynamoDB does.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS work_items (
    id INTEGER PRIMARY KEY,
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    version INTEGER NOT NULL,
    index_pk TEXT,
    index_sk TEXT,
    data TEXT NOT NULL,
    UNIQUE (pk, sk)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS work_items_by_index ON work_items (index_pk, index_sk, pk, sk) WHERE index_pk IS NOT NULL;
`;
const COLUMNS = 'pk, sk, version, index_pk, index_sk, data';

type Row = Record<string, unknown>;

/** Work items in a data folder. */
export function embeddedWorkStore(database: GroupCommitDatabase): WorkStore {
  database.schema(SCHEMA);
  return {
    create: (item) => database.write(() => create(database, { ...item, version: 1 })),
    replace: (item) => database.write(() => replace(database, item)),
    remove: (item) => database.write(() => remove(database, item)),

    async get(pk, sk) {
      const row = database.statement(`SELECT ${COLUMNS} FROM work_items WHERE pk = ? AND sk = ?`).get(pk, sk);
      await database.committed();
      return row && itemOf(row);
    },

    list: async (pk, options = {}) => list(database, pk, options),
    listIndex: async (indexPk, options = {}) => listIndex(database, indexPk, options),

    async listKeys(indexPk, options = {}) {
      const { items, ...more } = await listIndex(database, indexPk, options);
      return { items: items.map(({ pk, sk, index }) => ({ pk, sk, ...(index && { index }) })), ...more };
    },

    scan: async (options = {}) => scan(database, options),
  };
}

function create(database: GroupCommitDatabase, item: WorkItem): WorkItem | undefined {
  const { changes } = database
    .statement(`INSERT INTO work_items (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (pk, sk) DO NOTHING`)
    .run(...valuesOf(item));
  return changes === 1 ? item : undefined;
}

function replace(database: GroupCommitDatabase, item: WorkItem): WorkItem | undefined {
  const replaced: WorkItem = { ...item, version: item.version + 1 };
  const { changes } = database
    .statement(`UPDATE work_items SET (${COLUMNS}) = (?, ?, ?, ?, ?, ?) WHERE pk = ? AND sk = ? AND version = ?`)
    .run(...valuesOf(replaced), item.pk, item.sk, item.version);
  return changes === 1 ? replaced : undefined;
}

function remove(database: GroupCommitDatabase, { pk, sk, version }: WorkItem): boolean {
  const { changes } = database
    .statement('DELETE FROM work_items WHERE pk = ? AND sk = ? AND version = ?')
    .run(pk, sk, version);
  return changes === 1;
}

async function list(database: GroupCommitDatabase, pk: string, options: ListOptions): Promise<WorkPage> {
  const limit = pageLimit(options);
  const after = cursorPlace(options, 1);
  const [order, beyond] = orderOf(options);
  const rows = database
    .statement(
      `SELECT ${COLUMNS} FROM work_items WHERE pk = ? ${after ? `AND sk ${beyond} ?` : ''}
       ORDER BY sk ${order} LIMIT ?`,
    )
    .all(pk, ...(after ?? []), limit + 1);
  await database.committed();
  return pageOf(rows, limit, (item) => [item.sk]);
}

async function listIndex(database: GroupCommitDatabase, indexPk: string, options: IndexListOptions): Promise<WorkPage> {
  const limit = pageLimit(options);
  const after = cursorPlace(options, 3);
  const bound = options.beyond === undefined ? [] : [options.beyond];
  const [order, beyond] = orderOf(options);
  const rows = database
    .statement(
      `SELECT ${COLUMNS} FROM work_items WHERE index_pk = ? ${after ? `AND (index_sk, pk, sk) ${beyond} (?, ?, ?)` : ''}
       ${bound.length > 0 ? `AND index_sk ${beyond} ?` : ''}
       ORDER BY index_sk ${order}, pk ${order}, sk ${order} LIMIT ?`,
    )
    .all(indexPk, ...(after ?? []), ...bound, limit + 1);
  await database.committed();
  return pageOf(rows, limit, (item) => [item.index?.sk ?? '', item.pk, item.sk]);
}

async function scan(database: GroupCommitDatabase, options: ListOptions): Promise<WorkPage<ScannedItem>> {
  const limit = pageLimit(options);
  const after = cursorPlace(options, 1);
  // Any id: a row of a changed one is a row too.
  const rows = database
    .statement(`SELECT id, ${COLUMNS} FROM work_items ${after ? 'WHERE id > ?' : ''} ORDER BY id LIMIT ?`)
    .all(...(after ?? []).map(Number), limit + 1);
  await database.committed();
  const items = rows.slice(0, limit).map(scannedItemOf);
  const last = rows[limit - 1];
  return { items, ...(rows.length > limit && last && { next: cursorText([String(last['id'])]) }) };
}

const orderOf = ({ descending }: ListOptions) => (descending ? (['DESC', '<'] as const) : (['ASC', '>'] as const));

/** A page of rows, one of which more than the limit shows that there is a next page. */
function pageOf(rows: readonly Row[], limit: number, placeOf: (item: WorkItem) => readonly string[]): WorkPage {
  const items = rows.slice(0, limit).map(itemOf);
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: cursorText(placeOf(last)) } : { items };
}

function valuesOf({ pk, sk, version, index, data }: WorkItem): SQLInputValue[] {
  return [pk, sk, version, index?.pk ?? null, index?.sk ?? null, JSON.stringify(data)];
}

function scannedItemOf(row: Row): ScannedItem {
  try {
    const item = itemOf(row);
    // A duplicate member or white space: another reader of the text may see another value.
    return { ...item, sound: JSON.stringify(item.data) === row['data'] };
  } catch {
    return { ...itemOf({ ...row, data: '{}' }), sound: false };
  }
}

function itemOf(row: Row): WorkItem {
  const { pk, sk, version, index_pk: indexPk, index_sk: indexSk, data } = row as Record<string, string>;
  return {
    pk: pk ?? '',
    sk: sk ?? '',
    version: Number(version),
    ...(typeof indexPk === 'string' && { index: { pk: indexPk, sk: indexSk ?? '' } }),
    data: JSON.parse(data ?? '') as JsonObject,
  };
}
