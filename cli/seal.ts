import { inclusionProof } from '../domain/ledger/merkle.ts';
import { sealedLeaf, type SealProof } from '../domain/ledger/seal.ts';
import { sealNow } from '../lambdas/seal-ledger/seal-ledger.ts';
import { ONE_PROCESS_SETTLED_MS } from '../local/functions.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './program.ts';
import type { Records } from './records.ts';
import { print, printJson } from './terminal.ts';

/** Seals whatever came since the last seal, and prints what to keep outside of the data folder. */
export async function seal({ data, json }: CommonOptions): Promise<ExitCode> {
  const records = await openRecords({ data }, { readOnly: false });
  try {
    const { signed, unreadable } = await sealNow(records, ONE_PROCESS_SETTLED_MS);
    const publicKey = await records.signer.publicKey();
    if (json) printJson({ signed: signed ?? null, unreadable, publicKey });
    else if (!signed) print('Nothing is new since the last seal.');
    else {
      const { number, sealedAt, addedEntries, addedLeaves, root, keyId } = signed.seal;
      print(`seal ${number} of ${sealedAt}: ${addedEntries} entries of ${addedLeaves} applications`);
      print(`  root  ${root}\n  key   ${keyId}`);
      print('Keep these lines and seal-public.pem outside of this machine: they show if seals are ever made anew.');
    }
    if (unreadable > 0 && !json) {
      print(`${unreadable} applications are not sealed, their ledgers cannot be read: underwright verify --all`);
    }
    return unreadable > 0 ? EXIT.NOT_SO : EXIT.OK;
  } finally {
    records.close();
  }
}

/** @returns null when no seal has the application. */
export async function sealProofOf(
  { sealLog }: Pick<Records, 'sealLog'>,
  applicationId: string,
): Promise<SealProof | null> {
  const number = await sealLog.sealOf(applicationId);
  const signedSeal = (await sealLog.seals()).find(({ seal: each }) => each.number === number);
  if (!signedSeal) return null;
  const { treeSize, addedLeaves } = signedSeal.seal;
  const added = await sealLog.added(signedSeal.seal.number);
  // A seal of a time when the tree of each had all leaves of those before.
  const leaves = treeSize === addedLeaves ? added : (await sealLog.heads()).slice(0, treeSize);
  const leafIndex = leaves.findLastIndex((head) => head.applicationId === applicationId);
  const head = leaves[leafIndex];
  return head ? { signedSeal, head, leafIndex, inclusion: inclusionProof(leaves.map(sealedLeaf), leafIndex) } : null;
}
