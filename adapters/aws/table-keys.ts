/** The keys of the three tables: what a table must have for the adapters here to use it. */

/** `pk` = `APPLICATION#` and the application id; `sk` = sequence, a number. */
export const LEDGER_TABLE = { partitionKey: { pk: 'S' }, sortKey: { sk: 'N' } } as const;

/** `index` projects all attributes; items without `indexPk` are not in it. */
export const WORK_TABLE = {
  partitionKey: { pk: 'S' },
  sortKey: { sk: 'S' },
  index: { name: 'index', partitionKey: { indexPk: 'S' }, sortKey: { indexSk: 'S' } },
} as const;

/** `pk` = `APPLICATION#` and the application id. */
export const VAULT_TABLE = { partitionKey: { pk: 'S' } } as const;

export const applicationKey = (applicationId: string): string => `APPLICATION#${applicationId}`;
