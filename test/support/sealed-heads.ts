import type { SealLog } from '../../adapters/ports.ts';
import { verifySealedTree, type SealedHead, type SealFault } from '../../domain/ledger/seal.ts';

/** Returns every sealed head, oldest seal first. */
export async function sealedHeads(log: SealLog): Promise<SealedHead[]> {
  const heads: SealedHead[] = [];
  for (const { seal } of await log.seals()) heads.push(...(await log.added(seal.number)));
  return heads;
}

/** Compares the heads of every seal with its signed root. */
export async function treeFaults(log: SealLog): Promise<SealFault[]> {
  const faults: (SealFault | undefined)[] = [];
  for (const { seal } of await log.seals()) faults.push(verifySealedTree(seal, await log.added(seal.number)));
  return faults.filter((fault) => fault !== undefined);
}
