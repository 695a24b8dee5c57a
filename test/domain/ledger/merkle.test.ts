import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { inclusionProof, leafHash, merkleRoot, verifyInclusion } from '../../../domain/ledger/merkle.ts';

const leaves = (count: number) => Array.from({ length: count }, (_, index) => leafHash(`leaf ${index}`));
const sizes = fc.integer({ min: 1, max: 40 });

describe('The Merkle tree', () => {
  test('has the roots of the reference data of Certificate Transparency', () => {
    // Leaves of merkle_tree_test.cc in google/certificate-transparency: '', 00, 10.
    const data = ['', '\x00', '\x10'].map(leafHash);
    expect(merkleRoot([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(merkleRoot(data.slice(0, 1))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(merkleRoot(data.slice(0, 2))).toBe('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
    expect(merkleRoot(data)).toBe('aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77');
  });

  test('proves every leaf at its place, and at no other', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, one, other) => {
        const tree = leaves(size);
        const [index, elsewhere] = [one % size, other % size];
        const proof = inclusionProof(tree, index);
        const root = merkleRoot(tree);
        const leaf = tree[index] ?? '';
        const shown = { leaf, index, size, proof, root };
        expect(verifyInclusion(shown)).toBe(true);
        expect(verifyInclusion({ ...shown, leaf: leafHash('another') })).toBe(false);
        expect(verifyInclusion({ ...shown, index: elsewhere })).toBe(elsewhere === index);
        if (proof.length > 0) expect(verifyInclusion({ ...shown, proof: proof.slice(1) })).toBe(false);
      }),
    );
  });

  test('does not show a node as a leaf', () => {
    const [left = '', right = ''] = leaves(2);
    const joined = Buffer.concat([Buffer.from(left, 'hex'), Buffer.from(right, 'hex')]).toString('latin1');
    expect(merkleRoot([left, right])).not.toBe(leafHash(joined));
  });

  test.each([-1, 3, 0.5])('has no proof of leaf %d of 3', (index) => {
    expect(() => inclusionProof(leaves(3), index)).toThrow('3 leaves and none at');
  });
});
