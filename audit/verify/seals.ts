import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { verifyInclusion } from '../../domain/ledger/merkle.ts';
import {
  aheadUntil,
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
} from '../../domain/ledger/seal.ts';
import { verificationKey } from '../../domain/ledger/signature.ts';
import { sealProofOf } from '../decision-file/collect.ts';
import type { Records } from '../records.ts';
import type { Fault } from './fault.ts';

/** What seals say of the records. */
export interface SealVerification {
  readonly seals: number;
  readonly faults: readonly (Fault & { readonly applicationId: string | null })[];
  /** Clocks that were ahead, and were corrected by a person: no fault any more. */
  readonly corrected: readonly { readonly seal: number; readonly detail: string }[];
}

type SealedRecords = Pick<Records, 'clock' | 'sealLog' | 'signer' | 'ledger'>;

/** How far two clocks differ without anything being wrong, in ms. */
const CLOCK_STEP_MS = 60_000;

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
    const unreadable = { fault: 'SEALS_UNREADABLE', sequence: null, applicationId: null, detail };
    return { seals: 0, faults: [unreadable], corrected: [] };
  }
  const faults = anchor ? verifyAnchor(seals, anchor) : [];
  if (seals.length + sealed.heads.size > 0) {
    faults.push(...verifySeals(seals, verificationKey(await signer.publicKey()).isSigned));
  }
  faults.push(...sealed.faults);
  const newest = seals.at(-1)?.seal;
  const soon = new Date(records.clock.now().getTime() + CLOCK_STEP_MS).toISOString();
  if (newest && newest.sealedAt > soon) faults.push(behindSeal(newest));
  const expected = [soon, aheadUntil(newest), newest?.sealedAt ?? ''].toSorted().at(-1)!;
  for (const applicationId of sealed.applicationIds) {
    // The verification of its application names an entry that cannot be read.
    const stored = await ledger.examine(applicationId);
    const entries = stored.flatMap(({ entry }) => entry ?? []);
    if (entries.length < stored.length) continue;
    const heads = sealed.heads.get(applicationId) ?? [];
    // The chain has every head that was sealed, not only the newest. The entries behind the newest one are unsealed.
    const older = heads.slice(0, -1).map(({ head, under }) => verifySealedEntries(entries, head, under, undefined));
    const last = heads.at(-1);
    const newer = verifySealedEntries(entries, last?.head, last?.under, newest);
    faults.push(...([...older, newer].find((found) => found.length > 0) ?? []));
    const ahead = entries.find(({ recordedAt }) => recordedAt > expected);
    if (ahead) faults.push(recordedAfterNow(ahead, applicationId, newest));
  }
  return {
    seals: seals.length,
    faults: faults.map(({ fault, seal, applicationId, detail }) => ({
      fault,
      sequence: null,
      applicationId,
      detail: seal === 0 ? detail : `Seal ${seal}: ${detail}`,
    })),
    corrected: seals.flatMap(({ seal: { number, sealedAt, clock } }) =>
      clock?.corrected
        ? [
            {
              seal: number,
              detail: `dated ${sealedAt}, ${clock.corrected.by} confirmed the clock (entries until ${clock.aheadUntil}): ${clock.corrected.note}`,
            },
          ]
        : [],
    ),
  };
}

const behindSeal = ({ number, sealedAt }: Seal): SealFault => ({
  fault: 'CLOCK_BEHIND_SEAL',
  seal: number,
  applicationId: null,
  detail: `It is dated ${sealedAt}, after now: nothing can be sealed until then. See docs/runbooks/seals-refused.md.`,
});

const recordedAfterNow = (
  { sequence, recordedAt }: LedgerEntry,
  applicationId: string,
  newest: Seal | undefined,
): SealFault => ({
  fault: 'RECORDED_AFTER_NOW',
  seal: newest?.number ?? 0,
  applicationId,
  detail: `Entry ${sequence} says that it was recorded on ${recordedAt}, after now: see docs/runbooks/seals-refused.md.`,
});

/** Heads of chains under their seals, and what is wrong with the trees that have them. */
interface Sealed {
  /** Whose chains are held against the seals, sealed or not. */
  readonly applicationIds: Iterable<string>;
  /** The heads of each application in the order of their seals, and the seal that added each. */
  readonly heads: ReadonlyMap<string, readonly SealedUnder[]>;
  readonly faults: readonly SealFault[];
}

interface SealedUnder {
  readonly head: SealedHead;
  readonly under: Seal | undefined;
}

async function allSealed({ sealLog, ledger }: SealedRecords, seals: readonly SignedSeal[]): Promise<Sealed> {
  const leaves = await sealLog.heads();
  const heads = new Map<string, SealedUnder[]>();
  let under = 0;
  let sealed = seals[0]?.seal.addedLeaves ?? 0;
  for (const [index, head] of leaves.entries()) {
    while (index >= sealed && under < seals.length) sealed += seals[(under += 1)]?.seal.addedLeaves ?? 0;
    const earlier = heads.get(head.applicationId) ?? [];
    heads.set(head.applicationId, [...earlier, { head, under: seals[under]?.seal }]);
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
    heads: new Map([[applicationId, [{ head, under: seal }]]]),
    faults: held ? [] : [treeChanged(seal)],
  };
}
