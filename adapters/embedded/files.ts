import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

import type { Files } from '../ports.ts';

const PARTIAL = '.partial';

/** A key that leads out of its folder. */
class FileKeyInvalid extends Error {
  override readonly name = 'FileKeyInvalid';
}

/** Files in a folder, as in a bucket. A file is there whole or not at all, and stays after a crash. */
export function embeddedFiles(folder: string): Files {
  const place = (key: string): string => {
    const path = join(folder, key);
    const inner = relative(folder, path);
    if (inner === '' || inner.startsWith('..') || inner.startsWith(PARTIAL) || inner.split(sep).join('/') !== key) {
      throw new FileKeyInvalid(`The key ${JSON.stringify(key)} names no file of the folder ${folder}.`);
    }
    return path;
  };
  return {
    async read(key) {
      try {
        return await readFile(place(key));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(key, bytes) {
      const path = place(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      // Apart from the files: what a killed process was writing is among no results.
      await mkdir(join(folder, PARTIAL), { recursive: true, mode: 0o700 });
      const temporary = join(folder, PARTIAL, randomUUID());
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    },
  };
}
