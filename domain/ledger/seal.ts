import * as z from 'zod';

import { canonicalJson, digestOf } from './canonical-json.ts';
import type { LedgerEntry } from './chain.ts';
import { digest } from './digest.ts';
import { leafHash, merkleRoot, verifyInclusion } from './merkle.ts';
import type { SignatureCheck } from './signature.ts';

const count = z.int().nonnegative();

/** KMS signs at most 4,096 bytes: 40 ids of 64 letters take 2,680 of them. */
export const MAX_REFUSED = 40;

/** How far an application's chain went when it was sealed: a leaf of the tree. */
export const sealedHead = z.strictObject({
  applicationId: z.string(),
  /** Entries in the chain. */
  length: z.int().positive(),
  /** Hash of the newest of them, which covers all before it. */
  headHash: digest,
});
export type SealedHead = z.infer<typeof sealedHead>;

/**
 * What is signed: the root of a tree over the heads of the applications that have entries since the seal before, and the
 * digest of that seal, so that one seal stands for everything sealed until then.
 */
const seal = z
  .strictObject({
    schemaVersion: z.literal(1),
    /** 1 for the first, then without gaps. */
    number: z.int().positive(),
    /** UTC instant, ISO 8601 with milliseconds: what was recorded until then is sealed. */
    sealedAt: z.iso.datetime({ precision: 3 }),
    /** Digest of the seal before; 64 zeros for the first. */
    previousSeal: digest,
    root: digest,
    /** Leaves in this seal's tree, under the two names that decision files publish. Each leaf is new in this seal. */
    treeSize: count,
    addedLeaves: count,
    /** Ledger entries since the seal before. */
    addedEntries: count,
    /** SHA-256 of the public key's SubjectPublicKeyInfo. */
    keyId: digest,
    /**
     * Where a person confirmed the clock, and while entries of a clock that was ahead can still come: they are recorded until
     * `aheadUntil`. `corrected` has the person and the reason; only such a seal may be dated before its previous seal.
     */
    clock: z
      .strictObject({
        aheadUntil: z.iso.datetime({ precision: 3 }),
        corrected: z.strictObject({ by: z.string(), note: z.string() }).nullable(),
      })
      .optional(),
    /** Applications whose chain did not hold, in order: every later seal verifies them too, until they are sealed. */
    refused: z.array(z.string()).max(MAX_REFUSED).optional(),
  })
  .refine(({ treeSize, addedLeaves }) => treeSize === addedLeaves, {
    path: ['treeSize'],
    error: 'must equal addedLeaves: a seal has a tree over its own leaves',
  });
export type Seal = z.infer<typeof seal>;

/** A seal with its signature over `sealText`, in base64. */
export const signedSeal = z.strictObject({ seal, signature: z.string() });
export type SignedSeal = z.infer<typeof signedSeal>;

/** Proves that one application's head is under a seal. */
export const sealProof = z.strictObject({
  signedSeal,
  head: sealedHead,
  leafIndex: count,
  inclusion: z.array(digest),
});
export type SealProof = z.infer<typeof sealProof>;

const NO_SEAL = '0'.repeat(64);

/** The text that is signed. The first word keeps the signature of a seal from passing for one of anything else. */
export const sealText = (value: Seal): string => `underwright-seal-v1\n${canonicalJson(value)}`;

export const sealedLeaf = (head: SealedHead): string => leafHash(canonicalJson(head));

/** A chain that has grown since the seal before. */
export interface GrownChain extends SealedHead {
  /** Entries since then. */
  readonly addedEntries: number;
}

export interface Sealing {
  readonly sealedAt: string;
  readonly keyId: string;
  /** The seal before; undefined for the first. */
  readonly previous: Seal | undefined;
  /** In any order, each application once. */
  readonly grown: readonly GrownChain[];
  /** See `Seal.refused`. @default none */
  readonly refused?: readonly string[];
  /** See `Seal.clock`. */
  readonly clock?: Seal['clock'];
}

/** @returns the next seal and the leaves of its tree; undefined when there is nothing new to seal. */
export function nextSeal({
  sealedAt,
  keyId,
  previous,
  grown,
  refused = [],
  clock,
}: Sealing): { seal: Seal; added: SealedHead[] } | undefined {
  const added = grown
    .map(({ applicationId, length, headHash }) => ({ applicationId, length, headHash }))
    .sort((a, b) => (a.applicationId < b.applicationId ? -1 : 1));
  if (added.length === 0 && !clock?.corrected) return undefined;
  return {
    added,
    seal: {
      schemaVersion: 1,
      number: (previous?.number ?? 0) + 1,
      sealedAt,
      previousSeal: previous ? digestOf(previous) : NO_SEAL,
      root: merkleRoot(added.map(sealedLeaf)),
      treeSize: added.length,
      addedLeaves: added.length,
      addedEntries: grown.reduce((sum, { addedEntries }) => sum + addedEntries, 0),
      keyId,
      ...(clock && { clock }),
      ...(refused.length > 0 && { refused: [...refused].sort() }),
    },
  };
}

/** The instant until which entries of a clock that was ahead may be recorded; '' when there are none. */
export const aheadUntil = (of: Seal | undefined): string => of?.clock?.aheadUntil ?? '';

export interface SealFault {
  readonly fault:
    | 'SEAL_FORGED'
    | 'SEAL_MISSING'
    | 'SEAL_REPLACED'
    | 'SEAL_OUT_OF_ORDER'
    | 'SEAL_CLOCK_WENT_BACK'
    | 'SEALED_TREE_CHANGED'
    | 'ENTRIES_CUT_OFF'
    | 'SEALED_ENTRY_REPLACED'
    | 'RECORDED_AFTER_ITS_SEAL'
    | 'RECORDED_BEFORE_A_SEAL_WITHOUT_IT'
    | 'CLOCK_BEHIND_SEAL'
    | 'RECORDED_AFTER_NOW'
    | 'NOT_UNDER_THE_SEAL';
  /** Number of the seal. */
  readonly seal: number;
  readonly applicationId: string | null;
  readonly detail: string;
}

/** Holds seals against each other, oldest first. @returns every fault; empty when all hold. */
export function verifySeals(seals: readonly SignedSeal[], isSigned: SignatureCheck): SealFault[] {
  const faults: SealFault[] = [];
  let previous: Seal | undefined;
  for (const { seal: each, signature } of seals) {
    const add = (fault: SealFault['fault'], detail: string) =>
      faults.push({ fault, seal: each.number, applicationId: null, detail });
    const expected = (previous?.number ?? 0) + 1;
    if (!isSigned(sealText(each), signature))
      add('SEAL_FORGED', 'Its signature is not the seal key’s: it was made or changed by someone else.');
    if (each.number > expected) add('SEAL_MISSING', `Seal ${expected} is not there.`);
    else if (each.number < expected || each.previousSeal !== (previous ? digestOf(previous) : NO_SEAL)) {
      add('SEAL_OUT_OF_ORDER', 'It does not follow the seal before it.');
    }
    const corrected = each.clock?.corrected && previous && aheadUntil(each) >= previous.sealedAt;
    if (previous && each.sealedAt < previous.sealedAt && !corrected)
      add('SEAL_CLOCK_WENT_BACK', 'It is dated before the seal before it.');
    previous = each;
  }
  return faults;
}

/** Compares a seal's leaves, in the order of its tree, with the root that was signed. @returns undefined when they match. */
export function verifySealedTree(of: Seal, leaves: readonly SealedHead[]): SealFault | undefined {
  if (of.treeSize === leaves.length && merkleRoot(leaves.map(sealedLeaf)) === of.root) return undefined;
  return treeChanged(of);
}

export const treeChanged = ({ number }: Seal): SealFault => ({
  fault: 'SEALED_TREE_CHANGED',
  seal: number,
  applicationId: null,
  detail: 'The sealed heads in the store are not those that were signed.',
});

/** Sealed heads have the number of a seal that is not in the store. */
export const sealOfHeadsMissing = (number: number): SealFault => ({
  fault: 'SEAL_MISSING',
  seal: number,
  applicationId: null,
  detail: 'Sealed heads are in the store and the seal that signed them is not.',
});

/**
 * Holds the seals of a store against one that was kept elsewhere, which shows what the store's own key cannot: that the
 * newest seals were cut off, or all were replaced.
 */
export function verifyAnchor(seals: readonly SignedSeal[], { seal: kept }: SignedSeal): SealFault[] {
  const found = seals.find(({ seal: each }) => each.number === kept.number)?.seal;
  const fault = (name: SealFault['fault'], detail: string): SealFault[] => [
    { fault: name, seal: kept.number, applicationId: null, detail },
  ];
  if (!found) return fault('SEAL_MISSING', 'It was kept elsewhere and is not here: the newest seals were cut off.');
  if (digestOf(found) === digestOf(kept)) return [];
  return fault('SEAL_REPLACED', 'It is another than the one that was kept elsewhere: the seals were replaced.');
}

/**
 * Compares an application's entries with the newest seal that has it, and with the newest seal of all.
 * @param head the application's sealed head; undefined when no seal has it.
 * @param under the seal that added the head. @param newest the newest seal of all.
 */
export function verifySealedEntries(
  entries: readonly LedgerEntry[],
  head: SealedHead | undefined,
  under: Seal | undefined,
  newest: Seal | undefined,
): SealFault[] {
  const faults = head && under ? headFaults(entries, head, under) : [];
  const early = newest && entries.slice(head?.length ?? 0).find(({ recordedAt }) => recordedAt < newest.sealedAt);
  // A chain that was refused is named by its own faults.
  if (!early || newest.refused?.includes(early.applicationId)) return faults;
  const unsealed: SealFault = {
    fault: 'RECORDED_BEFORE_A_SEAL_WITHOUT_IT',
    seal: newest.number,
    applicationId: head?.applicationId ?? early.applicationId,
    detail: `Entry ${early.sequence} says that it was recorded before that seal, which does not have it: a clock was changed, or the entry is dated back. Where a clock was wrong, seal it with: underwright seal --clock-was-wrong`,
  };
  return [...faults, unsealed];
}

/** Compares the entries under a sealed head with the head, and their times with the seal's. */
function headFaults(entries: readonly LedgerEntry[], head: SealedHead, under: Seal): SealFault[] {
  const faults: SealFault[] = [];
  const add = (fault: SealFault['fault'], detail: string) =>
    faults.push({ fault, seal: under.number, applicationId: head.applicationId, detail });
  const last = entries[head.length - 1];
  if (!last) add('ENTRIES_CUT_OFF', `${head.length} entries were sealed and ${entries.length} are there.`);
  else if (last.hash !== head.headHash) {
    const detail = `Entry ${head.length - 1} is not the one that was sealed: the chain was rewritten.`;
    add('SEALED_ENTRY_REPLACED', detail);
  }
  const until = [under.sealedAt, aheadUntil(under)].toSorted().at(-1)!;
  const late = entries.slice(0, head.length).find(({ recordedAt }) => recordedAt > until);
  if (late) {
    const detail = `Entry ${late.sequence} says that it was recorded after it was sealed: a clock was changed.`;
    add('RECORDED_AFTER_ITS_SEAL', detail);
  }
  return faults;
}

/** Whether a proof leads from the application's head to the root of its seal. */
export const isUnderSeal = ({ signedSeal: { seal: of }, head, leafIndex, inclusion }: SealProof): boolean =>
  verifyInclusion({
    leaf: sealedLeaf(head),
    index: leafIndex,
    size: of.treeSize,
    proof: inclusion,
    root: of.root,
  });

/** Compares entries with a proof alone, with no store: what an examiner has. */
export function verifySealProof(
  proof: SealProof,
  entries: readonly LedgerEntry[],
  isSigned: SignatureCheck,
): SealFault[] {
  const { signedSeal: signed, head } = proof;
  const { seal: each, signature } = signed;
  const faults: SealFault[] = [];
  const add = (fault: SealFault['fault'], detail: string) =>
    faults.push({ fault, seal: each.number, applicationId: head.applicationId, detail });
  if (!isSigned(sealText(each), signature))
    add('SEAL_FORGED', 'Its signature is not the key’s: it was made or changed by someone else.');
  if (!isUnderSeal(proof)) {
    add('NOT_UNDER_THE_SEAL', 'The proof does not lead from the application’s head to the signed root.');
  }
  if (entries.some(({ applicationId }) => applicationId !== head.applicationId)) {
    add('NOT_UNDER_THE_SEAL', 'The proof is of another application.');
  }
  return [...faults, ...verifySealedEntries(entries, head, each, each)];
}
