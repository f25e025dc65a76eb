import { type ItemErrorCode, sha256 } from '../../protocol';
import { leafContext, ResultLeaves, ResultRoot, verifyLeaves } from '../../sdk';
import { readOutput } from '../../sdk/verify-results';
import { ESCROW, item, JOB } from './served-job';

type Outcome = Uint8Array | ItemErrorCode;

const inputHashes = [1, 2, 3].map((value) => sha256(item(value)));
const honest: Outcome[] = [item(10), 3, item(30)];

function leavesOf(outcomes: readonly Outcome[]): ResultLeaves {
    const leaves = ResultLeaves.empty(outcomes.length);
    for (const [index, outcome] of outcomes.entries()) {
        if (typeof outcome === 'number') leaves.setError(index, outcome);
        else leaves.setResult(index, sha256(outcome), { kind: 'blob' });
    }
    return leaves;
}

async function commitOf(outcomes: readonly Outcome[], faulty = 1, jobId = JOB) {
    const context = leafContext(ESCROW, jobId);
    const root = await new ResultRoot(context, inputHashes, leavesOf(outcomes)).finish();
    return { root: BigInt(`0x${Buffer.from(root).toString('hex')}`), faulty };
}

async function verify(leaves: ResultLeaves, commit = commitOf(honest)): Promise<void> {
    const place = { escrow: ESCROW, jobId: JOB, inputHashes };
    await verifyLeaves({ ...place, commit: await commit, leaves });
}

describe('The leaves of a job', () => {
    it('are proved by the root on chain, before any output is fetched', async () => {
        await expect(verify(leavesOf(honest))).resolves.toBeUndefined();
    });

    it.each([
        ['one output is another one', [item(11), 3, item(30)]],
        ['two outputs are exchanged', [item(30), 3, item(10)]],
        ['an error hides an output', [3, 3, item(30)]],
        ['an error has another reason', [item(10), 4, item(30)]],
        ['an output replaces an error', [item(10), item(20), item(30)]],
    ] as const)('are refused when %s', async (_name, outcomes) => {
        await expect(verify(leavesOf(outcomes))).rejects.toMatchObject({
            code: 'RESULT_REFUSED',
            reason: 'root',
        });
    });

    it('are refused under the root of another job', async () => {
        const verifying = verify(leavesOf(honest), commitOf(honest, 1, JOB + 1));
        await expect(verifying).rejects.toMatchObject({ reason: 'root' });
    });

    it('are refused when the chain counts other failures, so that the price is wrong', async () => {
        const verifying = verify(leavesOf(honest), commitOf(honest, 0));
        await expect(verifying).rejects.toMatchObject({ reason: 'faulty' });
    });

    it('are refused when there are fewer than items', async () => {
        const verifying = verify(leavesOf(honest.slice(0, 2)));
        await expect(verifying).rejects.toMatchObject({ reason: 'count' });
    });

    it.each([
        ['has no outcome', 4, 0],
        ['has an error that does not exist', 5, 99],
        ['has an error with something behind it', 35, 1],
    ])('are refused when one %s', async (_name, offset, byte) => {
        const { bytes } = leavesOf(honest);
        bytes[36 + offset] = byte;
        if (byte === 0) bytes.fill(0, 36, 72);
        await expect(verify(ResultLeaves.of(bytes))).rejects.toMatchObject({
            code: 'RESULT_REFUSED',
            reason: 'malformed',
        });
    });

    it('may lie about where an output is, which is no part of the proof', async () => {
        const leaves = leavesOf(honest);
        leaves.setResult(0, sha256(item(10)), { kind: 'batch', batch: 4_000 });
        await expect(verify(leaves)).resolves.toBeUndefined();
    });
});

describe('The root of many leaves', () => {
    it('is the same whether they become known in their order or in another', async () => {
        const outcomes = Array.from({ length: 700 }, (_, i): Outcome =>
            i % 7 === 0 ? 3 : item(i),
        );
        const hashes = outcomes.map((_, index) => sha256(item(index)));
        const whole = leavesOf(outcomes);
        const growing = ResultLeaves.empty(700);
        const tree = new ResultRoot(leafContext(ESCROW, JOB), hashes, growing);
        for (const index of [...outcomes.keys()].reverse()) {
            const record = whole.at(index);
            if (record.kind === 'error') growing.setError(index, record.code);
            else growing.setResult(index, record.hash, record.location);
            tree.advance();
        }
        const expected = new ResultRoot(leafContext(ESCROW, JOB), hashes, whole);
        expect(await tree.finish()).toEqual(await expected.finish());
        expect(tree.faulty).toBe(100);
    });

    it('is made without holding the event loop', async () => {
        const count = 20_000;
        const leaves = ResultLeaves.empty(count);
        const hash = sha256(item(1));
        for (let i = 0; i < count; i++) leaves.setResult(i, hash, { kind: 'blob' });
        const hashes = Array.from({ length: count }, () => hash);
        let turns = 0;
        const timer = setInterval(() => turns++, 0);
        await new ResultRoot(leafContext(ESCROW, JOB), hashes, leaves).finish();
        clearInterval(timer);
        expect(turns).toBeGreaterThan(2);
    });

    it('ends with the signal', async () => {
        const leaves = ResultLeaves.empty(100_000);
        for (let i = 0; i < 100_000; i++) leaves.setError(i, 3);
        const hashes = Array.from({ length: 100_000 }, () => sha256(item(1)));
        const controller = new AbortController();
        const finishing = new ResultRoot(leafContext(ESCROW, JOB), hashes, leaves);
        const root = finishing.finish(controller.signal);
        controller.abort(new Error('enough'));
        await expect(root).rejects.toThrow('enough');
    });
});

describe('An output', () => {
    it('that is no item is a failure at its index, though it is what was committed', () => {
        expect(readOutput(4, Uint8Array.of(1, 2))).toMatchObject({
            status: 'failed',
            committed: false,
            index: 4,
            name: 'OUTPUT_MALFORMED',
        });
    });
});
