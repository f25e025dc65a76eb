import { systemClock } from '../../runtime/clock';
import { createModel } from '../../runtime/model';
import type { Pool } from '../../runtime/pool';
import type { Run } from '../../runtime/run';
import { trips } from './items';

/** A pool of one child that does any item in no time. */
class StubPool implements Pick<Pool, 'processes' | 'pids' | 'add' | 'remove' | 'wake'> {
    readonly processes = 1;
    /** It has just been forked, and its id is not known yet. */
    readonly pids = [];
    #run: Run | undefined;

    add(run: Run): void {
        this.#run = run;
        run.start();
    }

    remove(run: Run): void {
        run.close();
    }

    wake(): void {
        setImmediate(() => {
            for (const entry of this.#run?.take(1, Infinity) ?? []) {
                const { index } = entry;
                const output = new Uint8Array(1);
                entry.run.settle(entry, { status: 'done', index, output, elapsedUs: 2000 });
            }
        });
    }
}

describe('a benchmark', () => {
    it('counts children by what there should be, not by ids that are not known yet', async () => {
        const model = createModel(
            new StubPool() as unknown as Pool,
            { inputs: [], outputs: [], executionClass: 'native' },
            { clock: systemClock, onStop: () => undefined },
        );
        const { items, medianMs } = await model.benchmark([trips(1n)], { minDurationMs: 5 });
        expect(items).toBeGreaterThan(0);
        expect(medianMs).toBe(2);
    });
});
