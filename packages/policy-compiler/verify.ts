import { sha256 } from '../../domain/ledger/canonical-json.ts';

/** A policy module that does not have the digest under which its decisions are recorded. */
export class CompiledPolicyDamaged extends Error {
  override readonly name = 'CompiledPolicyDamaged';
}

/** @returns whether a module's text is what was compiled, by its SHA-256 (64 lower-case hexadecimal digits). */
export function verifyModule(module: string, digest: string): boolean {
  return sha256(module) === digest;
}
