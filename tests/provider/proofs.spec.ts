import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import {
    concatBytes,
    encodeBatch,
    hashFromHex,
    hashToHex,
    itemHash,
    leafHash,
    type ResultLeaf,
    resultRoot,
    utf8ToBytes,
    verifyInclusion,
} from '../../protocol';
import { createProofShelf, type LeafProof } from '../../provider/proofs';
import type { ServedResult } from '../../provider/state';
import { leafContext, ResultLeaves } from '../../sdk';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { input, output } from './world';

const ESCROW = new Address(0, Buffer.alloc(32, 1));
const CONTEXT = leafContext(ESCROW, 3);

/** Leaves of a job whose every seventh item failed. */
function leavesOf(count: number): ResultLeaf[] {
    return Array.from({ length: count }, (_, index) => {
        const inputHash = itemHash(input(index));
        return index % 7 === 6
            ? { index, inputHash, outcome: { kind: 'error', code: 2 } }
            : {
                  index,
                  inputHash,
                  outcome: { kind: 'result', resultHash: itemHash(output(index)) },
              };
    });
}

describe('A proof of a leaf', () => {
    let folder: string;
    let blobs: BlobStore;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-proofs-'));
        blobs = createBlobStore({ folder });
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    async function serve(leaves: readonly ResultLeaf[]): Promise<ServedResult> {
        const records = ResultLeaves.empty(leaves.length);
        for (const { index, outcome } of leaves) {
            if (outcome.kind === 'error') records.setError(index, outcome.code);
            else records.setResult(index, outcome.resultHash, { kind: 'batch', batch: 0 });
        }
        const batch = encodeBatch([output(0)]);
        const document = {
            format: 'cocoon.results/1',
            count: leaves.length,
            leaves: { sha256: await blobs.write(records.bytes), bytes: records.bytes.length },
            batches: [{ sha256: await blobs.write(batch), bytes: batch.length, items: 1 }],
        };
        return {
            escrow: ESCROW,
            jobId: 3,
            items: leaves.length,
            root: hashToHex(resultRoot(CONTEXT, leaves)),
            document: await blobs.write(utf8ToBytes(JSON.stringify(document))),
            materials: [],
            inputHashes: await blobs.write(concatBytes(leaves.map((leaf) => leaf.inputHash))),
        };
    }

    const isProven = ({ index, size, inputHash, outcome, proof, root }: LeafProof): boolean => {
        const leaf: ResultLeaf = {
            index,
            inputHash: hashFromHex(inputHash),
            outcome:
                outcome.kind === 'result'
                    ? { kind: 'result', resultHash: hashFromHex(outcome.resultHash) }
                    : { kind: 'error', code: outcome.code as 2 },
        };
        return verifyInclusion({
            leafHash: leafHash(CONTEXT, leaf),
            index,
            size,
            proof: proof.map(hashFromHex),
            root: hashFromHex(root),
        });
    };

    // Around the borders of the chunks in which leaves are hashed.
    it.each([1, 2, 7, 1023, 1024, 1025, 2047, 2500])(
        'holds for the leaves of a job of %i items',
        async (count) => {
            const leaves = leavesOf(count);
            const served = await serve(leaves);
            const shelf = createProofShelf({ blobs, find: () => served });
            const indexes = [0, 6, 1022, 1023, 1024, 2047, 2048, count - 1];
            for (const index of indexes.filter((one) => one < count)) {
                const proof = await shelf.prove(ESCROW, 3, index);
                expect(proof).toMatchObject({ index, size: count, root: served.root });
                expect(isProven(proof as LeafProof)).toBe(true);
                const kind = leaves[index]?.outcome.kind;
                expect(proof?.outcome.kind).toBe(kind);
                const moved = { ...(proof as LeafProof), index: index + 1 };
                expect(isProven(moved)).toBe(false);
            }
            expect(await shelf.prove(ESCROW, 3, count)).toBeUndefined();
        },
    );

    it('says which blob has the output', async () => {
        const served = await serve(leavesOf(8));
        const shelf = createProofShelf({ blobs, find: () => served });
        const proof = await shelf.prove(ESCROW, 3, 0);
        const outcome = proof?.outcome;
        if (outcome?.kind !== 'result') throw new Error('The first item has a result.');
        expect(blobs.has(outcome.blob)).toBe(true);
        expect(outcome.resultHash).toBe(hashToHex(itemHash(output(0))));
    });

    it('is none of a job that is not served', async () => {
        const shelf = createProofShelf({ blobs, find: () => undefined });
        expect(await shelf.prove(ESCROW, 3, 0)).toBeUndefined();
    });

    it('is not made from leaves that are not those of the root', async () => {
        const served = await serve(leavesOf(8));
        const other = { ...served, root: hashToHex(resultRoot(CONTEXT, leavesOf(9))) };
        const shelf = createProofShelf({ blobs, find: () => other });
        await expect(shelf.prove(ESCROW, 3, 0)).rejects.toThrow('not those that were committed to');
    });
});
