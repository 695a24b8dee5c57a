import { createDecipheriv, hkdfSync } from 'node:crypto';

const HEADER = Buffer.from('UWEV\x01', 'latin1');
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens a sealed piece of evidence: AES-256-GCM under a key derived from the application's data key with HKDF-SHA-256,
 * bound to the application and to what the piece is. 5 bytes of header, 12 of nonce, ciphertext, 16 of tag.
 * @param dataKey 32 bytes: what a file with identity has as its `evidenceKey`.
 * @returns the text; undefined when it does not open: changed, of another kind, or of another application.
 */
export function openSealed(
  dataKey: Uint8Array,
  applicationId: string,
  kind: string,
  sealed: Uint8Array,
): string | undefined {
  const body = HEADER.length + NONCE_BYTES;
  if (sealed.length < body + TAG_BYTES || Buffer.compare(sealed.subarray(0, HEADER.length), HEADER) !== 0)
    return undefined;
  const key = new Uint8Array(hkdfSync('sha256', dataKey, '', 'underwright evidence v1', 64)).subarray(0, 32);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(HEADER.length, body), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(`${applicationId}/${kind}`))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(body, -TAG_BYTES)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}
