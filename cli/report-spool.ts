import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';

import { CommandFailed, EXIT } from './failure.ts';

/** A file that is written piece by piece beside its place, and is there whole or not at all. */
export class Spool {
  readonly #path: string;
  readonly #part: string;
  readonly #file: number;
  #open = true;

  /** Readable by its owner alone: rows are of people, if not by name. @throws CommandFailed where nothing can be written. */
  constructor(path: string) {
    this.#path = path;
    this.#part = `${path}.part`;
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
        throw Object.assign(new Error(), { code: 'EISDIR' });
      this.#file = openSync(this.#part, 'w', 0o600);
    } catch (error) {
      const message = `${path} cannot be written (${(error as NodeJS.ErrnoException).code}): name a file, in a folder that is there.`;
      throw new CommandFailed(EXIT.USAGE, 'FileNotWritable', message);
    }
  }

  write(text: string): void {
    writeSync(this.#file, text);
  }

  /** Puts it in its place. */
  keep(): void {
    this.#close();
    renameSync(this.#part, this.#path);
  }

  /** Leaves nothing of it behind, unless it was kept. */
  drop(): void {
    if (!this.#open) return;
    this.#close();
    rmSync(this.#part);
  }

  #close(): void {
    this.#open = false;
    closeSync(this.#file);
  }
}
