import { Run } from '../../runtime/run';
import { trips } from './items';
import { countModel } from './onnx-models';
import { createWorld } from './world';

const world = createWorld();
afterEach(() => world.stopAll());

describe('back-pressure', () => {
    it('takes no more items from the source than the consumer has room for', async () => {
        const loaded = await world.runtime({ processes: 2 }).load({ bytes: countModel() });
        const maxOutstandingItems = 6;
        let taken = 0;
        let received = 0;
        let most = 0;
        function* endless() {
            for (;;) {
                most = Math.max(most, ++taken - received);
                yield trips(1n);
            }
        }
        for await (const outcome of loaded.run(endless(), { maxOutstandingItems })) {
            expect(outcome.status).toBe('done');
            if (++received === 300) break;
        }
        // One may be on its way to the consumer, which has not counted it.
        expect(most).toBeLessThanOrEqual(maxOutstandingItems + 1);
        expect(most).toBeGreaterThan(1);
    });

    it('sends nothing more while outputs that nobody has taken fill the room', async () => {
        const items = Array.from({ length: 4 }, () => new Uint8Array(1));
        const bounds = { maxOutstandingItems: 100, maxOutstandingBytes: 12 };
        const run = new Run(items, bounds, { wake: () => undefined });
        run.start();
        expect(run.hasWork).toBe(true);
        for (const entry of run.take(2, 100)) {
            const { index } = entry;
            run.settle(entry, {
                status: 'done',
                index,
                output: new Uint8Array(8),
                elapsedUs: 1,
            });
        }
        expect(run.hasWork).toBe(false);
        await run.next();
        expect(run.hasWork).toBe(true);
    });

    it('closes the source when the consumer leaves, and tells of a source that fails', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        let closed = false;
        async function* source() {
            try {
                for (;;) yield await Promise.resolve(trips(1n));
            } finally {
                closed = true;
            }
        }
        const run = loaded.run(source(), { maxOutstandingItems: 4 });
        await run.next();
        await run.return();
        await new Promise((resolve) => setImmediate(resolve));
        expect(closed).toBe(true);

        function* broken() {
            yield trips(1n);
            throw new Error('the disk is gone');
        }
        const failing = loaded.run(broken());
        await expect(
            (async () => {
                for (;;) if ((await failing.next()).done === true) return;
            })(),
        ).rejects.toThrow('the disk is gone');
    });
});
