import { createHash } from 'node:crypto';

/*
 * The Merkle tree of RFC 6962, section 2.1: leaves and nodes are hashed under different prefixes, so that no node can be
 * shown as a leaf. Hashes are 64 lower-case hexadecimal digits.
 */

const hashed = (prefix: number, ...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256').update(Uint8Array.of(prefix));
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Hash of a leaf's content. */
export const leafHash = (content: string): string => hashed(0, content);

const nodeHash = (left: string, right: string): string =>
  hashed(1, Buffer.from(left, 'hex'), Buffer.from(right, 'hex'));

/** Root over leaf hashes in their order; SHA-256 of nothing where there are none. */
export function merkleRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) return createHash('sha256').digest('hex');
  let level = [...leaves];
  // An odd last node is carried up as it is: the same tree as splitting at the largest power of two.
  while (level.length > 1) level = parents(level);
  return level[0] ?? '';
}

function parents(level: readonly string[]): string[] {
  const above: string[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const [left = '', right] = level.slice(index, index + 2);
    above.push(right === undefined ? left : nodeHash(left, right));
  }
  return above;
}

/**
 * The hashes that lead from a leaf to the root (RFC 6962, section 2.1.1), nearest first.
 * @throws RangeError when there is no such leaf.
 */
export function inclusionProof(leaves: readonly string[], index: number): string[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`The tree has ${leaves.length} leaves and none at ${index}: ask for one of them.`);
  }
  const proof: string[] = [];
  let level: readonly string[] = leaves;
  let place = index;
  while (level.length > 1) {
    const sibling = level[place ^ 1];
    if (sibling !== undefined) proof.push(sibling);
    level = parents(level);
    place >>= 1;
  }
  return proof;
}

/** A leaf's hash, its place in a tree of `size` leaves, and the hashes that lead to the root, nearest first. */
export interface Inclusion {
  readonly leaf: string;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly string[];
  readonly root: string;
}

/** Whether the leaf is at `index` of the tree of `size` leaves that has this root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion({ leaf, index, size, proof, root }: Inclusion): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= size) return false;
  let place = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash);
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
      }
    } else hash = nodeHash(hash, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && hash === root;
}
