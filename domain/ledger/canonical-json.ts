import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';

export class NotCanonicalizable extends Error {
  override readonly name = 'NotCanonicalizable';
}

/**
 * The one text form of a JSON value that is hashed, signed or compared (RFC 8785, JSON Canonicalization Scheme).
 *
 * Members whose value is `undefined` are left out, as in `JSON.stringify`.
 * @throws NotCanonicalizable for NaN, an infinity, a bigint, a lone surrogate or a cycle.
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    throw new NotCanonicalizable(`This value has no canonical JSON form: ${(cause as Error).message}.`, { cause });
  }
  if (text === undefined) throw new NotCanonicalizable('This value has no canonical JSON form: it is undefined.');
  return text;
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of the canonical JSON of a value. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
