import { composeEmbedded } from '../adapters/compose/embedded.ts';
import type { Records } from '../audit/records.ts';
import { requireFolder } from './data-folder.ts';
import { folderRecords } from './folder-records.ts';

/** Where records are: in a data folder, or where the environment's settings of a deployment say. */
export interface Place {
  readonly data: string;
  /** The folder of the data folder's keys. @default the data folder */
  readonly keyDir?: string | undefined;
  readonly aws?: boolean | undefined;
}

/**
 * Opens records: a data folder's to read them, beside whatever runs on it, or to write, alone; a deployment's beside all
 * else.
 * @throws CommandFailed when there is no data; DataFolderInUse when another process runs on a folder that is to be written;
 * SettingMissing.
 */
export async function openRecords(
  { data, keyDir, aws }: Place,
  { readOnly }: { readonly readOnly: boolean } = { readOnly: true },
): Promise<Records> {
  // The AWS SDK is not loaded for who does not ask for it.
  if (aws) return (await import('./stack-records.ts')).stackRecords();
  requireFolder(data);
  return folderRecords(composeEmbedded(data, { readOnly, keyFolder: keyDir }), data);
}
