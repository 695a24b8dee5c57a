import { verifyInclusion } from '../domain/ledger/merkle.ts';
import {
  sealedLeaf,
  treeChanged,
  verifyAnchor,
  verifySealedEntries,
  verifySealedTrees,
  verifySeals,
  type Seal,
  type SealedHead,
  type SealFault,
  type SignedSeal,
} from '../domain/ledger/seal.ts';
import { verificationKey } from '../domain/ledger/signature.ts';
import { sealProofOf } from '../lambdas/decision-file.ts';
import type { Fault } from './fault.ts';
import type { Records } from './records.ts';

/** What seals say of the records. */
export interface SealVerification {
  readonly seals: number;
  readonly faults: readonly (Fault & { readonly applicationId: string | null })[];
}

type SealedRecords = Pick<Records, 'sealLog' | 'signer' | 'ledger'>;

/**
 * Holds every seal against the ones before it and against the chains: what a chain cannot show of itself, that its newest
 * entries were cut off or that all of it was written anew.
 * @param only the chain of one application and the tree that has its newest head, instead of all.
 * @param anchor a seal that was kept elsewhere.
 */
export async function verifySealing(
  records: SealedRecords,
  { only, anchor }: { readonly only?: string | undefined; readonly anchor?: SignedSeal | undefined } = {},
): Promise<SealVerification> {
  const { sealLog, signer, ledger } = records;
  let seals: readonly SignedSeal[];
  let sealed: Sealed;
  try {
    seals = await sealLog.seals();
    sealed = await (only === undefined ? allSealed(records, seals) : oneSealed(records, seals, only));
  } catch {
    const detail = 'The seals, or the heads that they are over, cannot be read: restore them from a backup.';
    return { seals: 0, faults: [{ fault: 'SEALS_UNREADABLE', sequence: null, applicationId: null, detail }] };
  }
  const faults = anchor ? verifyAnchor(seals, anchor) : [];
  if (seals.length + sealed.heads.size > 0) {
    faults.push(...verifySeals(seals, verificationKey(await signer.publicKey()).isSigned));
  }
  faults.push(...sealed.faults);
  const newest = seals.at(-1)?.seal;
  for (const applicationId of sealed.applicationIds) {
    const { head, under } = sealed.heads.get(applicationId) ?? { head: undefined, under: undefined };
    // The verification of its application names an entry that cannot be read.
    const stored = await ledger.examine(applicationId);
    const entries = stored.flatMap(({ entry }) => entry ?? []);
    if (entries.length === stored.length) faults.push(...verifySealedEntries(entries, head, under, newest));
  }
  return {
    seals: seals.length,
    faults: faults.map(({ fault, seal, applicationId, detail }) => ({
      fault,
      sequence: null,
      applicationId,
      detail: `Seal ${seal}: ${detail}`,
    })),
  };
}

/** Heads of chains under their seals, and what is wrong with the trees that have them. */
interface Sealed {
  /** Whose chains are held against the seals, sealed or not. */
  readonly applicationIds: Iterable<string>;
  /** The newest head of each application, and the seal that added it. */
  readonly heads: ReadonlyMap<string, { readonly head: SealedHead; readonly under: Seal | undefined }>;
  readonly faults: readonly SealFault[];
}

async function allSealed({ sealLog, ledger }: SealedRecords, seals: readonly SignedSeal[]): Promise<Sealed> {
  const leaves = await sealLog.heads();
  const heads = new Map<string, { head: SealedHead; under: Seal | undefined }>();
  let under = 0;
  let sealed = seals[0]?.seal.addedLeaves ?? 0;
  for (const [index, head] of leaves.entries()) {
    while (index >= sealed && under < seals.length) sealed += seals[(under += 1)]?.seal.addedLeaves ?? 0;
    heads.set(head.applicationId, { head, under: seals[under]?.seal });
  }
  const applicationIds = new Set([...heads.keys(), ...(await Array.fromAsync(ledger.applications()))]);
  return { applicationIds, heads, faults: verifySealedTrees(seals, leaves) };
}

async function oneSealed(records: SealedRecords, seals: readonly SignedSeal[], applicationId: string): Promise<Sealed> {
  const proof = await sealProofOf(records, applicationId);
  if (!proof) return { applicationIds: [applicationId], heads: new Map(), faults: [] };
  const { head, signedSeal, leafIndex, inclusion } = proof;
  const { seal } = signedSeal;
  const held = verifyInclusion(sealedLeaf(head), leafIndex, seal.treeSize, inclusion, seal.root);
  return {
    applicationIds: [applicationId],
    heads: new Map([[applicationId, { head, under: seal }]]),
    faults: held ? [] : [treeChanged(seal)],
  };
}
