import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { makePrivate } from './private-files.ts';

export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
}

/**
 * Holds a data folder for this process alone. The lock is the operating system's, on a file of its own, so it dies with
 * the process however that ends, and readers of the data are not kept out.
 * @returns a function that lets go. @throws DataFolderInUse
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  makePrivate(join(folder, 'lock.sqlite'));
  const lock = new DatabaseSync(join(folder, 'lock.sqlite'));
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new DataFolderInUse(
      `Another Underwright process is running on ${folder}. Stop it, or choose another folder with --data.`,
      { cause },
    );
  }
  return () => lock.close();
}
