import { composeEmbedded } from '../adapters/compose/embedded.ts';
import { requireFolder } from './data-folder.ts';
import { folderRecords } from './folder-records.ts';
import type { Records } from './records.ts';

/**
 * Opens the records of a data folder: to read them, beside whatever runs on it, or to write, alone.
 * @throws CommandFailed when there is no data; DataFolderInUse when another process runs on a folder that is to be written.
 */
export async function openRecords(
  { data }: { readonly data: string },
  { readOnly }: { readonly readOnly: boolean } = { readOnly: true },
): Promise<Records> {
  requireFolder(data);
  return folderRecords(composeEmbedded(data, { readOnly }), data);
}
