const LIMIT = 1000;

/**
 * Unwrapped data keys by their wrapped bytes: whoever uses it has just read those, so a key that was destroyed, here or
 * elsewhere, is never found again. The oldest leaves first.
 */
export class KeyCache {
  readonly #keys = new Map<string, Uint8Array>();

  get(wrapped: Uint8Array): Uint8Array | undefined {
    const key = this.#keys.get(nameOf(wrapped));
    return key && new Uint8Array(key);
  }

  set(wrapped: Uint8Array, key: Uint8Array): void {
    this.#keys.set(nameOf(wrapped), new Uint8Array(key));
    const oldest = this.#keys.size > LIMIT && this.#keys.keys().next();
    if (oldest && !oldest.done) this.#forget(oldest.value);
  }

  delete(wrapped: Uint8Array): void {
    this.#forget(nameOf(wrapped));
  }

  #forget(name: string): void {
    this.#keys.get(name)?.fill(0);
    this.#keys.delete(name);
  }
}

const nameOf = (wrapped: Uint8Array): string => Buffer.from(wrapped).toString('base64');
