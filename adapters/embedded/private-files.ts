import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The modes of a data folder: every file is read and written by its owner alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The names of a data folder's files and folders; `.HEX` ends a file whose writer was killed. */
const OWN =
  /^(?:underwright\.sqlite(?:-wal|-shm|-journal)?|lock\.sqlite(?:-wal|-shm|-journal)?|vault\.key|seal-(?:private|public)\.pem|token-private\.pem|aws-credentials|process\.json|simulated-bureau\.jsonl|batch|outbox)(?:\.[0-9a-f]{16})?$/;

/**
 * Creates an empty file that only its owner reads, or takes every right of others from one that exists. SQLite gives the
 * files beside a database the mode of the database.
 */
export function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', FILE_MODE));
  tighten(path);
}

/** Writes a new file whole or not at all, for its owner alone. Of two writers at once, the first one's file stays. */
export function createPrivate(path: string, content: string): void {
  const half = `${path}.${randomBytes(8).toString('hex')}`;
  const file = openSync(half, 'wx', FILE_MODE);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(half, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(half);
  }
}

/**
 * Takes the rights of others from the files of a data folder that an earlier process or a restored backup left readable.
 * Other programs' files are left alone, and so is the mode of a folder that has some.
 */
export function tightenFolder(folder: string): void {
  const names = readdirSync(folder);
  for (const name of names.filter((name) => OWN.test(name))) tighten(join(folder, name));
  if (names.every((name) => OWN.test(name))) tighten(folder, false);
}

/** A symbolic link may lead to another's file, so its target is left alone. */
function tighten(path: string, deep = true): void {
  let found: ReturnType<typeof lstatSync>;
  try {
    found = lstatSync(path);
  } catch (error) {
    // A process that ends takes its files with it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const folder = found.isDirectory();
  if (!folder && !found.isFile()) return;
  const mode = folder ? FOLDER_MODE : FILE_MODE;
  if ((found.mode & 0o777) !== mode) chmodSync(path, mode);
  if (folder && deep) for (const name of readdirSync(path)) tighten(join(path, name));
}
