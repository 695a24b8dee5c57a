import { MAX_CLOCK_SKEW_MS, type LedgerEntry } from '../../domain/ledger/chain.ts';
import {
  aheadUntil,
  isUnderSeal,
  sealOfHeadsMissing,
  treeChanged,
  verifyAnchor,
  verifySealedEntries,
  verifySealedTree,
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

/**
 * Checks every seal against its previous seal and every chain against its seals. A chain alone cannot show that its newest
 * entries were cut off, or that all of it was rewritten.
 * @param only the chain of one application and the tree that has its newest head, instead of all.
 * @param anchor a seal that was kept outside of the store.
 */
export async function verifySealing(
  records: SealedRecords,
  { only, anchor }: { readonly only?: string | undefined; readonly anchor?: SignedSeal | undefined } = {},
): Promise<SealVerification> {
  const { sealLog, signer } = records;
  let seals: readonly SignedSeal[];
  let sealed: Sealed;
  try {
    seals = await sealLog.seals();
    sealed = await (only === undefined ? allSealed(records, seals) : oneSealed(records, only));
  } catch {
    return UNREADABLE;
  }
  const faults = anchor ? verifyAnchor(seals, anchor) : [];
  if (seals.length + sealed.heads.size > 0) {
    faults.push(...verifySeals(seals, verificationKey(await signer.publicKey()).isSigned));
  }
  faults.push(...sealed.faults, ...(await chainFaults(records, sealed, seals.at(-1)?.seal)));
  return {
    seals: seals.length,
    faults: faults.map(({ fault, seal, applicationId, detail }) => ({
      fault,
      sequence: null,
      applicationId,
      detail: seal === 0 ? detail : `Seal ${seal}: ${detail}`,
    })),
    corrected: correctedClocks(seals),
  };
}

const UNREADABLE: SealVerification = {
  seals: 0,
  faults: [
    {
      fault: 'SEALS_UNREADABLE',
      sequence: null,
      applicationId: null,
      detail: 'The seals, or the heads that they are over, cannot be read: restore them from a backup.',
    },
  ],
  corrected: [],
};

/** Compares the newest seal with the clock, and each chain with the seals that have it and with the clock. */
async function chainFaults(
  { clock, ledger }: SealedRecords,
  sealed: Sealed,
  newest: Seal | undefined,
): Promise<SealFault[]> {
  const faults: SealFault[] = [];
  const soon = new Date(clock.now().getTime() + MAX_CLOCK_SKEW_MS).toISOString();
  if (newest && newest.sealedAt > soon) faults.push(behindSeal(newest));
  const expected = [soon, aheadUntil(newest), newest?.sealedAt ?? ''].toSorted().at(-1)!;
  for (const applicationId of sealed.applicationIds) {
    // The verification of its application names an entry that cannot be read.
    const stored = await ledger.examine(applicationId);
    const entries = stored.flatMap(({ entry }) => entry ?? []);
    if (entries.length < stored.length) continue;
    faults.push(...sealFaultsOf(entries, sealed.heads.get(applicationId) ?? [], newest));
    const ahead = entries.find(({ recordedAt }) => recordedAt > expected);
    if (ahead) faults.push(recordedAfterNow(ahead, applicationId, newest));
  }
  return faults;
}

/**
 * Compares a chain with each of its sealed heads, oldest first. The entries behind the newest head are unsealed.
 * @returns the faults of the first head that has any.
 */
function sealFaultsOf(
  entries: readonly LedgerEntry[],
  heads: readonly SealedUnder[],
  newest: Seal | undefined,
): SealFault[] {
  const older = heads.slice(0, -1).map(({ head, under }) => verifySealedEntries(entries, head, under, undefined));
  const last = heads.at(-1);
  const newer = verifySealedEntries(entries, last?.head, last?.under, newest);
  return [...older, newer].find((found) => found.length > 0) ?? [];
}

const correctedClocks = (seals: readonly SignedSeal[]): SealVerification['corrected'] =>
  seals.flatMap(({ seal: { number, sealedAt, clock } }) => {
    if (!clock?.corrected) return [];
    const { by, note } = clock.corrected;
    const detail = `dated ${sealedAt}, ${by} confirmed the clock (entries until ${clock.aheadUntil}): ${note}`;
    return [{ seal: number, detail }];
  });

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
  /** The applications whose chains are compared with the seals, sealed or not. */
  readonly applicationIds: Iterable<string>;
  /** The heads of each application in the order of their seals, and the seal that added each. */
  readonly heads: ReadonlyMap<string, readonly SealedUnder[]>;
  readonly faults: readonly SealFault[];
}

interface SealedUnder {
  readonly head: SealedHead;
  readonly under: Seal;
}

async function allSealed({ sealLog, ledger }: SealedRecords, seals: readonly SignedSeal[]): Promise<Sealed> {
  const heads = new Map<string, SealedUnder[]>();
  const faults: SealFault[] = [];
  for (const { seal } of seals) {
    const leaves = await sealLog.added(seal.number);
    const changed = verifySealedTree(seal, leaves);
    if (changed) faults.push(changed);
    for (const head of leaves) {
      const earlier = heads.get(head.applicationId) ?? [];
      heads.set(head.applicationId, earlier);
      earlier.push({ head, under: seal });
    }
  }
  const next = (seals.at(-1)?.seal.number ?? 0) + 1;
  if ((await sealLog.added(next)).length > 0) faults.push(sealOfHeadsMissing(next));
  const applicationIds = new Set([...heads.keys(), ...(await Array.fromAsync(ledger.applications()))]);
  return { applicationIds, heads, faults };
}

async function oneSealed(records: SealedRecords, applicationId: string): Promise<Sealed> {
  const proof = await sealProofOf(records, applicationId);
  if (!proof) return { applicationIds: [applicationId], heads: new Map(), faults: [] };
  const { head, signedSeal } = proof;
  return {
    applicationIds: [applicationId],
    heads: new Map([[applicationId, [{ head, under: signedSeal.seal }]]]),
    faults: isUnderSeal(proof) ? [] : [treeChanged(signedSeal.seal)],
  };
}
