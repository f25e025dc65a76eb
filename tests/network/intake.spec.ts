import type { ArrivedChunk, BlobSource } from '../../network/blobs/blob-source';
import { ChunkPlan } from '../../network/blobs/chunk-plan';
import { Intake } from '../../network/blobs/intake';
import type { PartialBlob } from '../../network/blobs/partial-blob';

const CHUNKS = 12;

describe('What takes the chunks of one source in', () => {
    const make = (wrong: readonly number[] = [], full = Infinity) => {
        const writes: number[][] = [];
        const closed: Error[] = [];
        const partial = {
            take: async (from: number, chunks: readonly Uint8Array[]) => {
                const all = chunks.map((_, at) => from + at);
                const bad = all.findIndex((index) => wrong.includes(index));
                const right = bad === -1 ? all : all.slice(0, bad);
                await new Promise((resolve) => setImmediate(resolve));
                if (from + right.length > full) throw new Error('disk full');
                writes.push(right);
                return right.length;
            },
        } as unknown as PartialBlob;
        const source = {
            peer: 'a peer',
            close: (error: Error) => void closed.push(error),
        } as unknown as BlobSource;
        const plan = new ChunkPlan({
            ...{ chunks: CHUNKS, has: () => false, now: () => 0, stealAfterMs: 1_000 },
        });
        plan.take(CHUNKS);
        const intake = new Intake(source, { plan, partial, onChunk: () => undefined });
        const add = (index: number) => intake.add(chunk(index));
        return { intake, plan, writes, closed, add };
    };
    const chunk = (index: number): ArrivedChunk => ({
        ...{ index, bytes: Buffer.alloc(1), release: () => undefined },
    });

    it('writes those together that are next to each other, and all of them', async () => {
        const { intake, plan, writes, add } = make();
        for (const index of [0, 1, 2, 3, 4, 7, 8, 5, 6, 9, 10, 11]) await add(index);
        await intake.end();
        expect(writes.flat().sort((a, b) => a - b)).toEqual([...Array(CHUNKS).keys()]);
        expect(writes.length).toBeLessThan(CHUNKS - 2);
        expect(plan.done).toBe(true);
    });

    it('takes what comes in the moment when it has just ended', async () => {
        const { intake, plan, add } = make();
        for (let index = 0; index < CHUNKS; index++) {
            await add(index);
            const ending = intake.end();
            await ending;
            expect(intake.busy).toBe(false);
        }
        expect(plan.done).toBe(true);
    });

    it('cuts off who lies, keeps what was right, and names what was not', async () => {
        const { intake, writes, closed, add } = make([2]);
        for (const index of [0, 1, 2, 3]) await add(index);
        await intake.end();
        expect(() => intake.check()).toThrow('chunk 2 has another hash');
        expect(closed).toHaveLength(1);
        expect(writes.flat()).toEqual([0, 1]);
        expect(intake.failed).toEqual([2, 3]);
    });

    it('names what could not be written', async () => {
        const { intake, add } = make([], 2);
        for (const index of [0, 1, 2, 3]) await add(index);
        await intake.end();
        expect(() => intake.check()).toThrow('disk full');
        expect(intake.failed).toEqual([1, 2, 3]);
    });
});
