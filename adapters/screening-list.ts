import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { digestOf } from '../domain/ledger/canonical-json.ts';
import type { ScreeningList } from '../domain/screening/list.ts';
import { readTreasuryList, type TreasuryList } from '../domain/screening/treasury.ts';

/** A folder does not have the files of a list. */
class ListUnreadable extends Error {
  override readonly name = 'ListUnreadable';
}

/**
 * Reads the list of the U.S. Treasury as a screening list, whose version is the SHA-256 of its people.
 * @throws ListUnreadable naming the file that is missing, or the first lines and entries that cannot be read.
 */
export async function readList(folder: string): Promise<ScreeningList> {
  const { people, faults } = await readListFolder(folder);
  if (faults.length > 0) {
    const named = faults.slice(0, 5).join('; ');
    throw new ListUnreadable(`The list of ${folder} has ${faults.length} faults: ${named}. Fetch its files again.`);
  }
  return { name: 'us-treasury-sdn', version: digestOf(people), entries: people };
}

/**
 * Reads the list of the U.S. Treasury from a folder: SDN.CSV, ALT.CSV, ADD.CSV and, where it is there, SDN_COMMENTS.CSV, in
 * capitals or not, each also with `.gz`.
 * @throws ListUnreadable naming the file that is missing.
 */
export async function readListFolder(folder: string): Promise<TreasuryList> {
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new ListUnreadable(`There is no folder ${folder}: give the folder of SDN.CSV.`, { cause });
  });
  const text = async (name: string, optional = false) => {
    const file = files.find((each) => each.toLowerCase().replace(/\.gz$/, '') === name);
    if (file === undefined && optional) return '';
    if (file === undefined)
      throw new ListUnreadable(`${folder} has no ${name.toUpperCase()}: fetch all files of the list into one folder.`);
    const bytes = await readFile(join(folder, file));
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  };
  return readTreasuryList({
    entries: await text('sdn.csv'),
    aliases: await text('alt.csv'),
    addresses: await text('add.csv'),
    comments: await text('sdn_comments.csv', true),
  });
}
