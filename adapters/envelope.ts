import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

import type { Json } from '../domain/json.ts';
import { canonicalJson } from '../domain/ledger/canonical-json.ts';
import { isSealed, SEALED_HEADER } from '../domain/ledger/sealed-bytes.ts';
import { EvidenceDamaged } from './ports.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals the canonical JSON of a value with AES-256-GCM, bound to the application and to what the value is. The nonce is
 * the start of HMAC-SHA-256 over the content, so sealing again gives the same bytes and a nonce is never used for two
 * contents (the construction of RFC 8452 and SIV, with standard parts).
 * @param dataKey 32 bytes; the encryption key and the nonce key are derived from it (HKDF-SHA-256).
 * @returns 5 bytes of header, 12 of nonce, the ciphertext, 16 of tag.
 */
export function sealValue(dataKey: Uint8Array, applicationId: string, kind: string, value: Json): Uint8Array {
  const { encryptionKey, nonceKey } = keysOf(dataKey);
  const context = contextOf(applicationId, kind);
  const plaintext = Buffer.from(canonicalJson(value));
  const nonce = createHmac('sha256', nonceKey).update(context).update('\0').update(plaintext).digest();
  const cipher = createCipheriv('aes-256-gcm', encryptionKey, nonce.subarray(0, NONCE_BYTES)).setAAD(context);
  return Buffer.concat([
    SEALED_HEADER,
    nonce.subarray(0, NONCE_BYTES),
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/**
 * Opens what `sealValue` made.
 * @throws EvidenceDamaged when it was changed, is of another kind, or was sealed for another application.
 */
export function openValue(dataKey: Uint8Array, applicationId: string, kind: string, sealed: Uint8Array): Json {
  const refused = (cause?: unknown) =>
    new EvidenceDamaged(
      `This does not open as ${kind} of ${applicationId}: it was changed, is of another kind, or belongs to another ` +
        `application.`,
      { cause },
    );
  const body = SEALED_HEADER.length + NONCE_BYTES;
  if (sealed.length < body + TAG_BYTES || !isSealed(sealed)) {
    throw refused();
  }
  try {
    const nonce = sealed.subarray(SEALED_HEADER.length, body);
    const decipher = createDecipheriv('aes-256-gcm', keysOf(dataKey).encryptionKey, nonce, { authTagLength: TAG_BYTES })
      .setAAD(contextOf(applicationId, kind))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const plaintext = Buffer.concat([decipher.update(sealed.subarray(body, -TAG_BYTES)), decipher.final()]);
    return JSON.parse(plaintext.toString()) as Json;
  } catch (cause) {
    throw refused(cause);
  }
}

/** An application id has no slash, so the pair is unambiguous. */
const contextOf = (applicationId: string, kind: string): Uint8Array => Buffer.from(`${applicationId}/${kind}`);

interface DerivedKeys {
  readonly encryptionKey: KeyObject;
  readonly nonceKey: KeyObject;
}

/** The keys derived last, by data key: an application's steps seal and open a dozen values under one. */
const derivedLast = new Map<string, DerivedKeys>();
const MAX_DERIVED = 256;

/** As key objects: a cipher or HMAC that is given bytes for a key takes four times as long (Node 24). */
function keysOf(dataKey: Uint8Array): DerivedKeys {
  const name = Buffer.from(dataKey).toString('latin1');
  let keys = derivedLast.get(name);
  if (!keys) {
    const derived = new Uint8Array(hkdfSync('sha256', createSecretKey(dataKey), '', 'underwright evidence v1', 64));
    keys = { encryptionKey: createSecretKey(derived.subarray(0, 32)), nonceKey: createSecretKey(derived.subarray(32)) };
    const oldest = derivedLast.size >= MAX_DERIVED && derivedLast.keys().next();
    if (oldest && !oldest.done) derivedLast.delete(oldest.value);
    derivedLast.set(name, keys);
  }
  return keys;
}
