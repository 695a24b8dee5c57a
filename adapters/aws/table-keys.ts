/** The keys of the three tables: what a table must have for the adapters here to use it. */

/**
 * `pk` = `APPLICATION#` and the application id; `sk` = sequence, a number. The index lists every entry by when it was
 * recorded and projects keys alone; `recordedIn` = month and shard, so that no key is hot.
 */
export const LEDGER_TABLE = {
  partitionKey: { pk: 'S' },
  sortKey: { sk: 'N' },
  index: { name: 'recorded', partitionKey: { recordedIn: 'S' }, sortKey: { recordedAt: 'S' }, projection: 'KEYS_ONLY' },
} as const;

/** `index` projects all attributes; items without `indexPk` are not in it. `keys`: the attributes that say where an item is. */
export const WORK_TABLE = {
  partitionKey: { pk: 'S' },
  sortKey: { sk: 'S' },
  index: { name: 'index', partitionKey: { indexPk: 'S' }, sortKey: { indexSk: 'S' } },
  keys: ['pk', 'sk', 'indexPk', 'listedSk'],
} as const;

/**
 * `pk` = `APPLICATION#` and the application id.
 * @internal Tests make the table with it, and compare it with the deployed one.
 */
export const VAULT_TABLE = { partitionKey: { pk: 'S' } } as const;

export const applicationKey = (applicationId: string): string => `APPLICATION#${applicationId}`;
export const applicationOf = (pk: unknown): string => String(pk).replace(/^APPLICATION#/, '');
