import { inclusionProof } from '../domain/ledger/merkle.ts';
import { newestHeads, nextSeal, sealedLeaf, sealText, type SealProof, type SignedSeal } from '../domain/ledger/seal.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { openRecords } from './open-records.ts';
import type { CommonOptions } from './program.ts';
import type { Records } from './records.ts';
import { print, printJson } from './terminal.ts';

/** Seals whatever came since the last seal, and prints what to keep outside of the data folder. */
export async function seal({ data, json }: CommonOptions): Promise<ExitCode> {
  const records = await openRecords({ data }, { readOnly: false });
  try {
    const signed = await sealNow(records);
    const publicKey = await records.signer.publicKey();
    if (json) printJson({ signed: signed ?? null, publicKey });
    else if (!signed) print('Nothing is new since the last seal.');
    else {
      const { number, sealedAt, addedEntries, addedLeaves, root, keyId } = signed.seal;
      print(`seal ${number} of ${sealedAt}: ${addedEntries} entries of ${addedLeaves} applications`);
      print(`  root  ${root}\n  key   ${keyId}`);
      print('Keep these lines and seal-public.pem outside of this machine: they show if seals are ever made anew.');
    }
    return EXIT.OK;
  } finally {
    records.close();
  }
}

/** @returns the new seal; undefined when there is nothing to seal. */
export async function sealNow({
  clock,
  signer,
  sealLog,
}: Pick<Records, 'clock' | 'signer' | 'sealLog'>): Promise<SignedSeal | undefined> {
  await signer.create();
  const keyId = await signer.keyId();
  const previous = (await sealLog.seals()).at(-1)?.seal;
  const leaves = await sealLog.heads();
  const heads = await sealLog.ledgerHeads();
  const now = clock.now().toISOString();
  const next = nextSeal({ sealedAt: now, keyId, previous, leaves, heads });
  if (!next) return undefined;
  const signed = { seal: next.seal, signature: await signer.sign(sealText(next.seal)) };
  await sealLog.append(signed, next.added);
  return signed;
}

/** @returns null when no seal has the application. */
export async function sealProofOf(
  { sealLog }: Pick<Records, 'sealLog'>,
  applicationId: string,
): Promise<SealProof | null> {
  const leaves = await sealLog.heads();
  const newest = newestHeads(leaves).get(applicationId);
  const signedSeal = (await sealLog.seals()).find(({ seal: each }) => newest && each.treeSize > newest.index);
  if (!newest || !signedSeal) return null;
  const { index: leafIndex, ...head } = newest;
  const tree = leaves.slice(0, signedSeal.seal.treeSize).map(sealedLeaf);
  return { signedSeal, head, leafIndex, inclusion: inclusionProof(tree, leafIndex) };
}
