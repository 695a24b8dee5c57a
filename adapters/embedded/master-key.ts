import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 32;

/** @returns the bytes of `vault.key`; undefined when there is none or its writing was cut short. */
export function readMasterKey(folder: string): Uint8Array | undefined {
  try {
    const key = readFileSync(masterKeyFile(folder));
    return key.length === BYTES ? key : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a new random key whole or not at all, for the owner's eyes only. */
export function createMasterKey(folder: string): Uint8Array {
  const key = randomBytes(BYTES);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const half = `${masterKeyFile(folder)}.${randomBytes(8).toString('hex')}`;
  const file = openSync(half, 'wx', 0o600);
  try {
    writeSync(file, key);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(half, masterKeyFile(folder));
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
  return key;
}

export const masterKeyFile = (folder: string): string => join(folder, 'vault.key');
