import type { JsonObject } from '../domain/json.ts';
import { sha256 } from '../domain/ledger/canonical-json.ts';
import { openValue, sealValue } from './envelope.ts';
import type { Evidence, EvidenceStore, Vault } from './ports.ts';

/** Evidence sealed under each application's data key, which must have been made. @throws KeyMissing, KeyDestroyed */
export function sealedEvidence(store: EvidenceStore, vault: Vault): Evidence {
  return {
    async seal(applicationId, kind, value) {
      return store.put(sealValue(await vault.dataKey(applicationId), applicationId, kind, value));
    },
    async open(applicationId, kind, address) {
      const dataKey = await vault.dataKey(applicationId);
      return openValue(dataKey, applicationId, kind, await store.get(address));
    },
    async addressOf(applicationId, kind, value) {
      return sha256(sealValue(await vault.dataKey(applicationId), applicationId, kind, value));
    },
  };
}

const IDENTITY = 'identity';

/** Sealed bytes of an identity for `Vault.putIdentity`. @param dataKey 32 bytes */
export function sealIdentity(dataKey: Uint8Array, applicationId: string, identity: JsonObject): Uint8Array {
  return sealValue(dataKey, applicationId, IDENTITY, identity);
}

/** @throws EvidenceDamaged */
function openIdentity(dataKey: Uint8Array, applicationId: string, sealed: Uint8Array): JsonObject {
  return openValue(dataKey, applicationId, IDENTITY, sealed) as JsonObject;
}

export interface ApplicationIdentity {
  /** Stores who applied, once; the same again is success. @throws IdentityConflict, KeyMissing, KeyDestroyed */
  put(applicationId: string, identity: JsonObject): Promise<void>;
  /** @throws IdentityMissing, KeyMissing, KeyDestroyed, EvidenceDamaged */
  get(applicationId: string): Promise<JsonObject>;
}

/** Identities as values: sealed on their way into the vault, opened on their way out. */
export function applicationIdentity(vault: Vault): ApplicationIdentity {
  return {
    async put(applicationId, identity) {
      await vault.putIdentity(applicationId, sealIdentity(await vault.dataKey(applicationId), applicationId, identity));
    },
    async get(applicationId) {
      return openIdentity(await vault.dataKey(applicationId), applicationId, await vault.getIdentity(applicationId));
    },
  };
}
