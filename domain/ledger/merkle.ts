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

/** Whether a leaf stands at `index` of the tree of `size` leaves that has this root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion(
  leaf: string,
  index: number,
  size: number,
  proof: readonly string[],
  root: string,
): boolean {
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

/**
 * Shows that the tree of the first `earlier` leaves is the beginning of the tree of all (RFC 6962, section 2.1.2).
 * @throws RangeError unless 0 < earlier <= number of leaves.
 */
export function consistencyProof(leaves: readonly string[], earlier: number): string[] {
  if (!Number.isInteger(earlier) || earlier < 1 || earlier > leaves.length) {
    throw new RangeError(
      `A tree of ${leaves.length} leaves does not grow from one of ${earlier}: name an earlier size.`,
    );
  }
  return subproof(leaves, earlier, true);
}

function subproof(leaves: readonly string[], earlier: number, whole: boolean): string[] {
  if (earlier === leaves.length) return whole ? [] : [merkleRoot(leaves)];
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return earlier <= split
    ? [...subproof(left, earlier, whole), merkleRoot(right)]
    : [...subproof(right, earlier - split, false), merkleRoot(left)];
}

/** Whether the earlier tree is the beginning of the later one (RFC 9162, section 2.1.4.2). */
export function verifyConsistency(
  earlier: { readonly size: number; readonly root: string },
  later: { readonly size: number; readonly root: string },
  proof: readonly string[],
): boolean {
  if (earlier.size < 1 || earlier.size > later.size) return false;
  if (earlier.size === later.size) return proof.length === 0 && earlier.root === later.root;
  const powerOfTwo = Number.isInteger(Math.log2(earlier.size));
  const [first, ...rest] = powerOfTwo ? [earlier.root, ...proof] : proof;
  if (first === undefined) return false;
  let place = earlier.size - 1;
  let last = later.size - 1;
  while (place % 2 === 1) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  let [earlierHash, laterHash] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      earlierHash = nodeHash(sibling, earlierHash);
      laterHash = nodeHash(sibling, laterHash);
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else laterHash = nodeHash(laterHash, sibling);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && earlierHash === earlier.root && laterHash === later.root;
}
