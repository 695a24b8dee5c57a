import type { Vault } from '../../adapters/ports.ts';
import type { JsonObject } from '../../domain/json.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';

/** Keyed digest of who applied and through which front end, hexadecimal. */
export function identityDigest(
  vault: Pick<Vault, 'indexKey'>,
  applicationId: string,
  submittedBy: string,
  identity: JsonObject,
): Promise<string> {
  return vault.indexKey(`${applicationId} ${submittedBy} ${canonicalJson(identity)}`);
}
