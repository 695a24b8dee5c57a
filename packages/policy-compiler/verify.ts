import { createHash } from 'node:crypto';

/** A policy module whose text does not have the digest that decisions name. */
export class CompiledPolicyDamaged extends Error {
  override readonly name = 'CompiledPolicyDamaged';
}

/** Compares a module's text with the digest of the compiled text: SHA-256, 64 lower-case hexadecimal digits. */
export function verifyModule(module: string, digest: string): boolean {
  return sha256(module) === digest;
}

/** SHA-256 of a text's UTF-8 bytes, as 64 lower-case hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
