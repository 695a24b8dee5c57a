import type {
  Clock,
  Evidence,
  EvidenceStore,
  Identities,
  Ledger,
  SealLog,
  Signer,
  Vault,
} from '../../adapters/ports.ts';
import { appendForRequest } from '../../app/personal-data.ts';
import type { Role } from '../../domain/access/access.ts';
import { assembleDecisionFile, decisionFile, type DecisionFile, type OpenedPiece } from '../../domain/decision/file.ts';
import { releaseNamed, type ReleaseObject } from '../../domain/decision/release.ts';
import { exportId } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { evidenceNamedBy, ledgerEvent } from '../../domain/ledger/events.ts';
import { inclusionProof } from '../../domain/ledger/merkle.ts';
import { sealedLeaf, type SealProof } from '../../domain/ledger/seal.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import { signedFileText } from '../../domain/ledger/signed-file.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { fileDigests } from '../../domain/scoring/archived-files.ts';

export interface DecisionFilePorts {
  readonly lending: LendingSettings;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly vault: Pick<Vault, 'dataKey'>;
  readonly identities: Identities;
  readonly evidence: Evidence;
  readonly evidenceStore: EvidenceStore;
  /** Signs decision files: in a data folder with the key of the seals, on AWS with another. */
  readonly exportSigner: Signer;
  readonly sealLog: SealLog;
}

/** Who takes a decision file out, and what for. */
export interface TakenOut {
  readonly purpose: string;
  readonly by: string;
  readonly role: Role;
  readonly withIdentity: boolean;
  /** A request that is sent again is one export. */
  readonly requestId: string;
}

/**
 * Makes the signed decision file of an application.
 * @throws KeyDestroyed, EvidenceMissing, EvidenceDamaged
 */
export async function takeOut(
  records: DecisionFilePorts,
  applicationId: string,
  { purpose, by, role, withIdentity, requestId }: TakenOut,
): Promise<DecisionFile> {
  const { clock, ledger, vault, identities, exportSigner } = records;
  await exportSigner.create();
  // Before anything is recorded: who was forgotten cannot be taken out.
  const dataKey = await vault.dataKey(applicationId);
  const { occurredAt: at } = await appendForRequest(
    records,
    ledgerEvent({
      id: exportId(by, requestId),
      applicationId,
      type: 'EVIDENCE_EXPORTED',
      occurredAt: clock.now().toISOString(),
      actor: by,
      body: { role, purpose, withIdentity },
    }),
  );
  const entries = await ledger.read(applicationId);
  const pieces = await piecesOf(records, applicationId, entries);
  const unsigned = assembleDecisionFile({
    lender: records.lending.lender,
    export: { at, by, purpose, withIdentity },
    entries,
    pieces,
    release: await releaseOf(records, pieces),
    seal: await sealProofOf(records, applicationId),
    identity: withIdentity ? await identities.get(applicationId) : null,
    evidenceKey: withIdentity ? Buffer.from(dataKey).toString('hex') : null,
  });
  const signature = {
    keyId: verificationKey(await exportSigner.publicKey()).keyId,
    value: await exportSigner.sign(signedFileText(unsigned)),
  };
  return decisionFile.parse({ ...unsigned, signature });
}

async function piecesOf(
  { evidence, evidenceStore }: DecisionFilePorts,
  applicationId: string,
  entries: readonly LedgerEntry[],
): Promise<OpenedPiece[]> {
  const pieces = new Map<string, OpenedPiece>();
  for (const entry of entries) {
    const { sequence } = entry;
    for (const { kind, address, versionId } of evidenceNamedBy(entry)) {
      if (pieces.has(address)) continue;
      const sealed = await evidenceStore.get(address);
      pieces.set(address, {
        kind,
        address,
        versionId,
        sequence,
        sealed,
        value: await evidence.open(applicationId, kind, address),
      });
    }
  }
  return [...pieces.values()];
}

/** The cores and models that results name. One that the store has no more, or damaged, is left out: `verify` names it. */
async function releaseOf(
  { evidenceStore }: DecisionFilePorts,
  pieces: readonly OpenedPiece[],
): Promise<ReleaseObject[]> {
  const objects = new Map<string, ReleaseObject>();
  const add = async (kind: ReleaseObject['kind'], digest: string): Promise<Uint8Array | undefined> => {
    const known = objects.get(digest);
    if (known) return Buffer.from(known.bytes, 'base64');
    try {
      const bytes = await evidenceStore.get(digest);
      objects.set(digest, { kind, digest, bytes: Buffer.from(bytes).toString('base64') });
      return bytes;
    } catch (error) {
      if (['EvidenceMissing', 'EvidenceDamaged'].includes((error as Error).name)) return undefined;
      throw error;
    }
  };
  for (const { kind, value } of pieces) {
    const named = releaseNamed(kind, value);
    if (!named) continue;
    if (named.core !== undefined) await add('core', named.core);
    const manifest = named.packageDigest === null ? undefined : await add('model-manifest', named.packageDigest);
    if (manifest) await add('model', fileDigests(manifest).model);
  }
  return [...objects.values()];
}

/** @returns null when no seal has the application. */
export async function sealProofOf(
  { sealLog }: Pick<DecisionFilePorts, 'sealLog'>,
  applicationId: string,
): Promise<SealProof | null> {
  const number = await sealLog.sealOf(applicationId);
  const signedSeal = number === undefined ? undefined : await sealLog.seal(number);
  if (!signedSeal) return null;
  const leaves = await sealLog.added(signedSeal.seal.number);
  const leafIndex = leaves.findLastIndex((head) => head.applicationId === applicationId);
  const head = leaves[leafIndex];
  return head ? { signedSeal, head, leafIndex, inclusion: inclusionProof(leaves.map(sealedLeaf), leafIndex) } : null;
}
