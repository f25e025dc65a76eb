import { Address } from '@ton/core';
import {
    encodeItem,
    hashToBigInt,
    type ItemErrorCode,
    itemHash,
    resultRoot,
    type ResultLeaf,
    tensorOf,
    tensorValues,
} from '../../protocol';
import { leafContext, verifyResults } from '../../sdk';

const ESCROW = new Address(0, Buffer.alloc(32, 2));
const JOB = 5;
const item = (value: number) => encodeItem({ y: tensorOf('float32', [1], [value]) });
const inputHashes = [1, 2, 3].map((value) => itemHash(item(value)));
const honest: (Uint8Array | ItemErrorCode)[] = [item(10), 3, item(30)];

function rootOf(outcomes: readonly (Uint8Array | ItemErrorCode)[], job = JOB): bigint {
    const leaves = outcomes.map((outcome, index): ResultLeaf => {
        const inputHash = inputHashes[index]!;
        return typeof outcome === 'number'
            ? { index, inputHash, outcome: { kind: 'error', code: outcome } }
            : { index, inputHash, outcome: { kind: 'result', resultHash: itemHash(outcome) } };
    });
    return hashToBigInt(resultRoot(leafContext(ESCROW, job), leaves));
}

function verify(
    outcomes: readonly (Uint8Array | ItemErrorCode)[],
    commit = { root: rootOf(honest), faulty: 1 },
) {
    return verifyResults({
        escrow: ESCROW,
        jobId: JOB,
        inputHashes,
        commit,
        results: { outcomes },
    });
}

describe('Results', () => {
    it('are handed over in the order of the items, errors at their index', () => {
        const results = verify(honest);
        expect(results.map(({ index, status }) => [index, status])).toEqual([
            [0, 'done'],
            [1, 'failed'],
            [2, 'done'],
        ]);
        const [first, second] = results;
        expect(first?.status === 'done' && tensorValues(first.output.get('y')!)).toEqual([10]);
        expect(second).toMatchObject({ code: 3, name: 'RUNTIME_ERROR' });
    });

    it.each([
        ['one output is another one', [item(11), 3, item(30)]],
        ['two outputs are exchanged', [item(30), 3, item(10)]],
        ['an error hides an output', [3, 3, item(30)]],
        ['an error has another reason', [item(10), 4, item(30)]],
        ['an output replaces an error', [item(10), item(20), item(30)]],
    ] as const)('are refused when %s', (_name, outcomes) => {
        expect(() => verify(outcomes)).toThrow(
            expect.objectContaining({ code: 'RESULT_REFUSED', reason: 'root' }) as Error,
        );
    });

    it('are refused under the root of another job', () => {
        const commit = { root: rootOf(honest, JOB + 1), faulty: 1 };
        expect(() => verify(honest, commit)).toThrow(
            expect.objectContaining({ reason: 'root' }) as Error,
        );
    });

    it('are refused when the chain counts other failures, so that the price is wrong', () => {
        const commit = { root: rootOf(honest), faulty: 0 };
        expect(() => verify(honest, commit)).toThrow(
            expect.objectContaining({ reason: 'faulty' }) as Error,
        );
    });

    it('are refused when there are fewer than items', () => {
        const outcomes = honest.slice(0, 2);
        const commit = { root: rootOf(outcomes), faulty: 1 };
        expect(() => verify(outcomes, commit)).toThrow(
            expect.objectContaining({ reason: 'count' }) as Error,
        );
    });

    it('are refused when a committed output is no item', () => {
        const outcomes = [Uint8Array.of(1, 2), 3 as const, item(30)];
        const commit = { root: rootOf(outcomes), faulty: 1 };
        expect(() => verify(outcomes, commit)).toThrow(
            expect.objectContaining({ reason: 'malformed' }) as Error,
        );
    });
});
