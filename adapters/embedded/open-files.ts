import { statSync } from 'node:fs';

/** Whether files that a process has open are still those at their paths. A check costs 10 µs, so one serves a whole turn. */
export class OpenFiles {
  readonly #paths: readonly string[];
  readonly #inodes = new Map<string, string>();
  #checked = false;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** @returns the first path at which another file is than when it was first seen, or none. */
  replaced(): string | undefined {
    if (this.#checked) return undefined;
    for (const path of this.#paths) {
      const found = statSync(path, { throwIfNoEntry: false });
      const inode = found && `${found.dev} ${found.ino}`;
      const known = this.#inodes.get(path);
      if (known !== undefined && known !== inode) return path;
      if (inode !== undefined) this.#inodes.set(path, inode);
    }
    this.#checked = true;
    setImmediate(() => {
      this.#checked = false;
    });
    return undefined;
  }
}
