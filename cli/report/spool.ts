import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** A file that is written piece by piece beside its place, and is there whole or not at all. */
export class Spool {
  readonly #path: string;
  readonly #part: string;
  readonly #file: number;

  /** Readable by its owner alone: rows are of people, if not by name. */
  constructor(path: string) {
    this.#path = path;
    this.#part = `${path}.part`;
    this.#file = openSync(this.#part, 'w', 0o600);
  }

  write(text: string): void {
    writeSync(this.#file, text);
  }

  /** Puts it in its place. */
  keep(): void {
    closeSync(this.#file);
    renameSync(this.#part, this.#path);
  }

  drop(): void {
    closeSync(this.#file);
    rmSync(this.#part);
  }
}
