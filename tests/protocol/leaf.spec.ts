import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
    bytesToHex,
    dependsOnTiming,
    ITEM_ERROR_CODES,
    itemErrorName,
    leafData,
    leafHash,
    merkleLeafHash,
    merkleRoot,
    resultRoot,
    resultTree,
    verifyInclusion,
    type ItemErrorCode,
    type LeafContext,
    type ResultLeaf,
} from '../../protocol';
import { codeOf, hex } from './arbitraries';

const context: LeafContext = {
    escrow: { workchain: -1, hash: new Uint8Array(32).fill(0xaa) },
    jobId: 0x0102030405060708n,
};
const inputHash = new Uint8Array(32).fill(0xbb);
const resultHash = new Uint8Array(32).fill(0xcc);
const result: ResultLeaf = { index: 0x01020, inputHash, outcome: { kind: 'result', resultHash } };
const failed: ResultLeaf = { index: 1, inputHash, outcome: { kind: 'error', code: 4 } };

const HEAD = `0e 636f636f6f6e2e6c6561662e7631 ff ${'aa'.repeat(32)} 0102030405060708`;

describe('a result leaf', () => {
    it('binds tag, escrow, job, index, input and result', () => {
        const data = leafData(context, result);
        expect(data).toEqual(hex(`${HEAD} 00001020 ${'bb'.repeat(32)} 00 ${'cc'.repeat(32)}`));
        expect(bytesToHex(leafHash(context, result))).toBe(
            '2fff3cb3713bfd0e9d099437d504607753fbd2b06a16d94798fe9a9e8401d4d8',
        );
    });

    it('holds the number of an error, and no message', () => {
        const data = leafData(context, failed);
        expect(data).toEqual(hex(`${HEAD} 00000001 ${'bb'.repeat(32)} 01 0004`));
        expect(bytesToHex(leafHash(context, failed))).toBe(
            'f073039bb6be53dd7aad089f405411e5eb3fc68c35ad5b291875d8398548bf40',
        );
    });

    it('fits one cell of 127 bytes together with the prefix of a Merkle leaf', () => {
        expect(1 + leafData(context, result).length).toBe(126);
        expect(1 + leafData(context, failed).length).toBe(96);
        expect(leafHash(context, result)).toEqual(merkleLeafHash(leafData(context, result)));
    });

    it('is another one when anything in it is another', () => {
        const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 });
        const outcomes: fc.Arbitrary<ResultLeaf['outcome']> = fc.oneof(
            hashes.map((hash) => ({ kind: 'result' as const, resultHash: hash })),
            fc
                .constantFrom(...Object.values(ITEM_ERROR_CODES))
                .map((code) => ({ kind: 'error' as const, code })),
        );
        const leaves = fc.record({
            workchain: fc.integer({ min: -128, max: 127 }),
            escrow: hashes,
            jobId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
            index: fc.nat(999_999),
            inputHash: hashes,
            outcome: outcomes,
        });
        type Parts = typeof leaves extends fc.Arbitrary<infer T> ? T : never;
        const dataOf = ({ workchain, escrow, jobId, ...leaf }: Parts) =>
            bytesToHex(leafData({ escrow: { workchain, hash: escrow }, jobId }, leaf));
        fc.assert(
            fc.property(
                leaves,
                leaves,
                fc.constantFrom('workchain', 'escrow', 'jobId', 'index', 'inputHash', 'outcome'),
                (one, other, field) => {
                    const changed = { ...one, [field]: other[field] };
                    const same = isDeepStrictEqual(other[field], one[field]);
                    expect(dataOf(changed) === dataOf(one)).toBe(same);
                },
            ),
        );
    });

    it('refuses hashes of another length, and what its numbers cannot hold', () => {
        const short = new Uint8Array(31);
        const escrow = { workchain: 0, hash: short };
        const wrong: [() => unknown, string][] = [
            [() => leafData({ ...context, escrow }, result), 'LEAF_FIELD_INVALID'],
            [() => leafData(context, { ...result, inputHash: short }), 'LEAF_FIELD_INVALID'],
            [() => leafData(context, { ...result, index: 1_000_000 }), 'LEAF_FIELD_INVALID'],
            [() => leafData(context, { ...result, index: -1 }), 'LEAF_FIELD_INVALID'],
            [
                () =>
                    leafData(context, {
                        ...result,
                        outcome: { kind: 'result', resultHash: short },
                    }),
                'LEAF_FIELD_INVALID',
            ],
            [
                () =>
                    leafData(context, {
                        ...result,
                        outcome: { kind: 'error', code: 8 as ItemErrorCode },
                    }),
                'LEAF_FIELD_INVALID',
            ],
            [() => leafData({ ...context, jobId: 2n ** 64n }, result), 'NUMBER_RANGE'],
            [() => leafData({ ...context, jobId: -1 }, result), 'NUMBER_RANGE'],
            [
                () =>
                    leafData({ ...context, escrow: { ...context.escrow, workchain: 128 } }, result),
                'NUMBER_RANGE',
            ],
        ];
        for (const [run, code] of wrong) expect(codeOf(run)).toBe(code);
    });
});

describe('an item error', () => {
    it('has a number that never changes', () => {
        expect(ITEM_ERROR_CODES).toEqual({
            INPUT_INVALID: 1,
            MODEL_REJECTED_INPUT: 2,
            RUNTIME_ERROR: 3,
            TIME_LIMIT: 4,
            MEMORY_LIMIT: 5,
            OUTPUT_LIMIT: 6,
            PROCESS_DIED: 7,
        });
        expect(itemErrorName(6)).toBe('OUTPUT_LIMIT');
        expect(itemErrorName(0)).toBeUndefined();
    });

    it('never convicts when it depends on timing', () => {
        const timed = Object.values(ITEM_ERROR_CODES).filter(dependsOnTiming).map(itemErrorName);
        expect(timed).toEqual(['TIME_LIMIT', 'MEMORY_LIMIT', 'PROCESS_DIED']);
    });
});

describe('a result tree', () => {
    const leaves = Array.from({ length: 5 }, (_, index): ResultLeaf => ({ ...result, index }));

    it('is the Merkle tree over the data of all leaves', () => {
        const root = resultRoot(context, leaves);
        expect(root).toEqual(merkleRoot(leaves.map((leaf) => leafData(context, leaf))));
    });

    it('proves each leaf, and none for another job', () => {
        const tree = resultTree(context, leaves);
        leaves.forEach((leaf, index) => {
            const proof = tree.proof(index);
            const claim = { index, size: 5, proof, root: tree.root };
            expect(verifyInclusion({ ...claim, leafHash: leafHash(context, leaf) })).toBe(true);
            const elsewhere = leafHash({ ...context, jobId: 9 }, leaf);
            expect(verifyInclusion({ ...claim, leafHash: elsewhere })).toBe(false);
        });
    });

    it('has a leaf for each item, in order', () => {
        const [first, second] = leaves as [ResultLeaf, ResultLeaf];
        for (const wrong of [[], [second], [first, first], [second, first]]) {
            expect(codeOf(() => resultTree(context, wrong))).toBe('LEAF_COUNT_INVALID');
        }
    });
});
