import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
    bytesToHex,
    emptyMerkleRoot,
    hexToBytes,
    MerkleAccumulator,
    merkleLeafHash,
    merkleRoot,
    MerkleTree,
    verifyInclusion,
    type Hash,
} from '../../protocol';
import { codeOf } from './arbitraries';

/** Leaves and roots of the tests of certificate-transparency, the reference of RFC 6962. */
const LEAVES = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
].map(hexToBytes);
const ROOTS = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const PROOFS = [
    { index: 0, size: 1, proof: [] },
    {
        index: 0,
        size: 8,
        proof: [
            '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
            '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
            '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
        ],
    },
    {
        index: 5,
        size: 8,
        proof: [
            'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
            'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
            'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
        ],
    },
    {
        index: 2,
        size: 3,
        proof: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    },
    {
        index: 1,
        size: 5,
        proof: [
            '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
            '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
            'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        ],
    },
];

/** MTH of RFC 6962 section 2.1, word for word. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
    const sha = createHash('sha256');
    if (leaves.length === 0) return Uint8Array.from(sha.digest());
    if (leaves.length === 1) {
        return Uint8Array.from(
            sha
                .update('\0')
                .update(leaves[0] as Uint8Array)
                .digest(),
        );
    }
    const k = largestPowerOfTwoBelow(leaves.length);
    const left = mth(leaves.slice(0, k));
    return Uint8Array.from(
        sha
            .update('\x01')
            .update(left)
            .update(mth(leaves.slice(k)))
            .digest(),
    );
}

/** PATH of RFC 6962 section 2.1.1, word for word. */
function path(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
    if (leaves.length <= 1) return [];
    const k = largestPowerOfTwoBelow(leaves.length);
    return m < k
        ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
        : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

function largestPowerOfTwoBelow(n: number): number {
    let k = 1;
    while (2 * k < n) k *= 2;
    return k;
}

function numbered(count: number): Uint8Array[] {
    return Array.from({ length: count }, (_, i) => Uint8Array.of(i, i >> 8));
}

describe('a Merkle tree', () => {
    it.each(ROOTS.map((root, size) => ({ size, root })))(
        'of the first $size reference leaves has the reference root',
        ({ size, root }) => {
            const leaves = LEAVES.slice(0, size);
            expect(bytesToHex(merkleRoot(leaves))).toBe(root);
            expect(bytesToHex(MerkleTree.ofData(leaves).root)).toBe(root);
        },
    );

    it.each(PROOFS)('proves leaf $index of $size as the reference does', (vector) => {
        const tree = MerkleTree.ofData(LEAVES.slice(0, vector.size));
        expect(tree.proof(vector.index).map(bytesToHex)).toEqual(vector.proof);
    });

    it('is what RFC 6962 defines at every size up to 70, with a proof of each leaf', () => {
        for (let size = 0; size <= 70; size++) {
            const leaves = numbered(size);
            const tree = MerkleTree.ofData(leaves);
            const accumulator = new MerkleAccumulator();
            leaves.forEach((leaf) => accumulator.append(merkleLeafHash(leaf)));
            expect(tree.size).toBe(size);
            expect(tree.root).toEqual(mth(leaves));
            expect(accumulator.root()).toEqual(tree.root);
            for (let index = 0; index < size; index++) {
                const proof = tree.proof(index);
                const leafHash = tree.leafHash(index);
                expect(proof.map(bytesToHex)).toEqual(path(index, leaves).map(bytesToHex));
                expect(verifyInclusion({ leafHash, index, size, proof, root: tree.root })).toBe(
                    true,
                );
            }
        }
    });

    it('proves a leaf at no other index, of no other size, in no other tree', () => {
        for (let size = 1; size <= 24; size++) {
            const tree = MerkleTree.ofData(numbered(size));
            for (let index = 0; index < size; index++) {
                const leafHash = tree.leafHash(index);
                const claim = { leafHash, index, size, proof: tree.proof(index), root: tree.root };
                for (let other = 0; other < size; other++) {
                    expect(verifyInclusion({ ...claim, index: other })).toBe(other === index);
                }
                const root = MerkleTree.ofData(numbered(size + 1)).root;
                expect(verifyInclusion({ ...claim, root })).toBe(false);
            }
        }
    });

    it('can be built from leaf hashes as well', () => {
        const leaves = numbered(11);
        const tree = MerkleTree.ofLeafHashes(leaves.map(merkleLeafHash));
        expect(tree.root).toEqual(MerkleTree.ofData(leaves).root);
    });

    it('without leaves has the hash of nothing as its root', () => {
        expect(MerkleTree.ofData([]).root).toEqual(emptyMerkleRoot());
        expect(new MerkleAccumulator().root()).toEqual(emptyMerkleRoot());
    });

    it('has no proof of a leaf that it does not have', () => {
        const tree = MerkleTree.ofData(numbered(3));
        for (const index of [-1, 3, 0.5, NaN]) {
            expect(codeOf(() => tree.proof(index))).toBe('PROOF_INDEX_OUT_OF_RANGE');
            expect(codeOf(() => tree.leafHash(index))).toBe('PROOF_INDEX_OUT_OF_RANGE');
        }
    });

    it('gives out copies, so that nobody can change it', () => {
        const tree = MerkleTree.ofData(numbered(4));
        (tree.proof(0)[0] as Hash).fill(0);
        tree.leafHash(1).fill(0);
        expect(tree.proof(0)[0]).toEqual(merkleLeafHash(Uint8Array.of(1, 0)));
    });
});

describe('an accumulator', () => {
    it('gives the root after each leaf', () => {
        const accumulator = new MerkleAccumulator();
        const leaves = numbered(40);
        leaves.forEach((leaf, index) => {
            accumulator.append(merkleLeafHash(leaf));
            expect(accumulator.root()).toEqual(mth(leaves.slice(0, index + 1)));
        });
        expect(accumulator.size).toBe(40);
    });
});

describe('an inclusion proof', () => {
    const claims = fc
        .array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 300 })
        .chain((leaves) => fc.tuple(fc.constant(leaves), fc.nat(leaves.length - 1)))
        .map(([leaves, index]) => {
            const tree = MerkleTree.ofData(leaves);
            const leafHash: Uint8Array = merkleLeafHash(leaves[index] as Uint8Array);
            const proof: Uint8Array[] = tree.proof(index);
            return { leafHash, index, size: leaves.length, proof, root: tree.root };
        });

    it('of any leaf of any tree holds', () => {
        fc.assert(fc.property(claims, (claim) => verifyInclusion(claim)));
    });

    it('fails when any bit of it is changed', () => {
        fc.assert(
            fc.property(claims, fc.nat(), fc.nat(), (claim, which, bit) => {
                const hashes = [claim.leafHash, claim.root, ...claim.proof];
                const at = which % hashes.length;
                const changed = Uint8Array.from(hashes[at] as Uint8Array);
                changed[(bit >> 3) % 32]! ^= 1 << (bit & 7);
                const [leafHash, root, ...proof] = hashes.map((h, i) => (i === at ? changed : h));
                expect(verifyInclusion({ ...claim, leafHash: leafHash!, root: root!, proof })).toBe(
                    false,
                );
            }),
        );
    });

    it('fails when a hash is missing, added or moved', () => {
        fc.assert(
            fc.property(claims, fc.nat(), (claim, at) => {
                const { proof } = claim;
                const longer = [...proof];
                longer.splice(at % (proof.length + 1), 0, claim.leafHash);
                expect(verifyInclusion({ ...claim, proof: longer })).toBe(false);
                if (proof.length === 0) return;
                const shorter = proof.filter((_, i) => i !== at % proof.length);
                expect(verifyInclusion({ ...claim, proof: shorter })).toBe(false);
                const turned = [...proof.slice(1), proof[0]!];
                if (proof.length > 1 && bytesToHex(proof[0]!) !== bytesToHex(proof[1]!)) {
                    expect(verifyInclusion({ ...claim, proof: turned })).toBe(false);
                }
            }),
        );
    });

    it('does not pass an inner node for a leaf', () => {
        const tree = MerkleTree.ofData(numbered(4));
        const inner = MerkleTree.ofData(numbered(2)).root;
        const proof = tree.proof(0).slice(1);
        expect(
            verifyInclusion({ leafHash: inner, index: 0, size: 4, proof, root: tree.root }),
        ).toBe(false);
        // In a tree of two it would: the size has to come from where the root comes from.
        expect(
            verifyInclusion({ leafHash: inner, index: 0, size: 2, proof, root: tree.root }),
        ).toBe(true);
    });

    it('that is malformed is false, and no exception', () => {
        const tree = MerkleTree.ofData(numbered(5));
        const claim = {
            leafHash: tree.leafHash(2) as Uint8Array,
            index: 2,
            size: 5,
            proof: tree.proof(2) as Uint8Array[],
            root: tree.root as Uint8Array,
        };
        const malformed = [
            { ...claim, index: -1 },
            { ...claim, index: 5 },
            { ...claim, index: 2.5 },
            { ...claim, size: 0 },
            { ...claim, size: NaN },
            { ...claim, size: 2 ** 40 },
            { ...claim, leafHash: new Uint8Array(31) },
            { ...claim, root: new Uint8Array(0) },
            { ...claim, proof: claim.proof.map((hash) => hash.slice(1)) },
        ];
        for (const wrong of malformed) expect(verifyInclusion(wrong)).toBe(false);
    });
});
