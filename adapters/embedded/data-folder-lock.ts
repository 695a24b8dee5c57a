import { closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { makePrivate } from './private-files.ts';

export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';

  constructor(folder: string, options?: ErrorOptions) {
    super(
      `Another Underwright process is running on ${folder}. Stop it, or choose another folder with --data.`,
      options,
    );
  }
}

/** The database of a data folder. */
export const DATABASE_FILE = 'underwright.sqlite';

/**
 * Holds a data folder for this process alone, by two locks of the operating system. Both end with the process, however it
 * ends, and neither keeps readers out. `lock.sqlite` also excludes processes of other containers. The other lock is on the
 * inode of the database (Linux) or on the folder (macOS), so it holds after `lock.sqlite` was deleted.
 * @returns a function that releases both. @throws DataFolderInUse
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  makePrivate(join(folder, 'lock.sqlite'));
  const releaseFile = lockFile(folder);
  try {
    const releaseInode = process.platform === 'linux' ? lockDatabase(folder) : lockDirectory(folder);
    return () => {
      releaseInode();
      releaseFile();
    };
  } catch (error) {
    releaseFile();
    throw error;
  }
}

/** SQLITE_BUSY (sqlite.org/rescode.html). */
const BUSY = 5;

function lockFile(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'lock.sqlite'));
  try {
    // A journal on the disk would need space on it.
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw ((cause as { errcode?: number }).errcode ?? 0) % 256 === BUSY
      ? new DataFolderInUse(folder, { cause })
      : cause;
  }
  return () => lock.close();
}

/**
 * Takes the abstract socket that is named after the database's device and inode: it is in no file system, so nothing can
 * delete it.
 */
function lockDatabase(folder: string): () => void {
  const path = join(folder, DATABASE_FILE);
  closeSync(openSync(path, 'a', 0o600));
  const { dev, ino } = statSync(path);
  const server = createServer((socket) => socket.destroy());
  server.on('error', () => undefined);
  // A path is bound at once; only its events come later.
  server.listen(`\0underwright-${dev}-${ino}`);
  if (!server.listening) throw new DataFolderInUse(folder);
  server.unref();
  return () => void server.close();
}

/** Of open(2) on macOS and BSD: takes flock(2) on what is opened. */
const O_EXLOCK = 0x20;

function lockDirectory(folder: string): () => void {
  try {
    const directory = openSync(folder, constants.O_RDONLY | constants.O_NONBLOCK | O_EXLOCK);
    return () => closeSync(directory);
  } catch (cause) {
    if (['EAGAIN', 'EWOULDBLOCK'].includes((cause as NodeJS.ErrnoException).code ?? '')) {
      throw new DataFolderInUse(folder, { cause });
    }
    throw cause;
  }
}
