import fc from 'fast-check';
import { createCapacity, type Work } from '../../provider/capacity';
import { createTurns } from '../../provider/turns';
import { until } from './world';

const passes = (reason: string) => expect.objectContaining({ reason }) as Error;
const work = (items: number, dueAt: number, readyAt = 0): Work => ({
    items,
    coreMsPerItem: () => 1000,
    readyAt,
    dueAt,
});

describe('What a node promises', () => {
    it('fits before its deadline with room for other programs', () => {
        const capacity = createCapacity(2);
        // 20 items of a second on two cores: 10 s, half as much again, and 4 s for the rest.
        capacity.check('a', work(20, 19), 0);
        expect(() => capacity.check('a', work(20, 18), 0)).toThrow(passes('too-slow'));
        expect(() => capacity.check('a', work(20, 28, 10), 0)).toThrow(passes('too-slow'));
        capacity.check('a', work(20, 29, 10), 0);
    });

    it('counts every item that is left of what was promised before', () => {
        const capacity = createCapacity(1);
        capacity.promise('a', work(20, 40));
        expect(capacity.promisedMs).toBe(20_000);
        expect(() => capacity.check('b', work(10, 50), 0)).toThrow(passes('busy'));
        capacity.progress('a', 15);
        capacity.check('b', work(10, 50), 0);
        capacity.promise('b', work(10, 50));
        capacity.drop('a');
        expect(capacity.promisedMs).toBe(10_000);
    });

    it('tells when time has become free', () => {
        const freed = jest.fn();
        const capacity = createCapacity(1, () => 1, freed);
        capacity.promise('a', work(20, 40));
        capacity.drop('b');
        expect(freed).not.toHaveBeenCalled();
        capacity.drop('a');
        capacity.drop('a');
        expect(freed).toHaveBeenCalledTimes(1);
    });

    it('does not let a new job that is due sooner make an older one late', () => {
        const capacity = createCapacity(1);
        capacity.promise('a', work(20, 35));
        // It would be done in time itself.
        expect(() => capacity.check('b', work(1, 10), 0)).toThrow(passes('busy'));
        capacity.check('b', work(1, 60), 0);
    });

    it('says why with figures', () => {
        const capacity = createCapacity(1);
        capacity.promise('a', work(20, 40));
        expect(() => capacity.check('b', work(10, 50), 0)).toThrow(
            '10 items of 1000.00 ms on 1 cores take 19.0 s, due in 50.0 s, beside 1 promised jobs of 20.0 s.',
        );
    });

    it('learns while it waits: what is measured meanwhile counts', () => {
        const capacity = createCapacity(1);
        let ms = 1000;
        capacity.promise('a', { ...work(20, 40), coreMsPerItem: () => ms });
        expect(() => capacity.check('b', work(10, 50), 0)).toThrow(passes('busy'));
        ms = 1;
        capacity.check('b', work(10, 50), 0);
    });

    it('takes jobs in spite of one that is late anyway', () => {
        const capacity = createCapacity(1);
        capacity.promise('late', work(100, 10));
        expect(() => capacity.check('b', work(1, 100), 0)).toThrow(passes('busy'));
        capacity.check('b', work(1, 300), 0);
    });

    it('can be kept whatever was taken: working by urgency meets each deadline', () => {
        const jobs = fc.array(
            fc.record({
                items: fc.integer({ min: 1, max: 30 }),
                readyAt: fc.integer({ min: 0, max: 60 }),
                dueAt: fc.integer({ min: 1, max: 200 }),
            }),
            { maxLength: 8 },
        );
        fc.assert(
            fc.property(jobs, (offered) => {
                const capacity = createCapacity(1);
                const taken: Work[] = [];
                for (const [at, { items, dueAt, readyAt }] of offered.entries()) {
                    const offer = work(items, dueAt, readyAt);
                    try {
                        capacity.check(String(at), offer, 0);
                    } catch {
                        continue;
                    }
                    capacity.promise(String(at), offer);
                    taken.push(offer);
                }
                // Second by second, an item each, without the reserve of the plan.
                const left = taken.map(({ items }) => items);
                for (let second = 0; left.some((n) => n > 0); second++) {
                    const [first] = taken
                        .map((job, index) => ({ ...job, index }))
                        .filter(({ index, readyAt }) => (left[index] ?? 0) > 0 && readyAt <= second)
                        .sort((a, b) => a.dueAt - b.dueAt);
                    if (first === undefined) continue;
                    left[first.index]! -= 1;
                    if (second + 1 > first.dueAt) return false;
                }
                return true;
            }),
        );
    });
});

describe('Turns at the cores', () => {
    const collect = async (items: AsyncIterable<string>, into: string[]) => {
        for await (const item of items) into.push(item);
    };

    it('measures one model at a time, and the next one when that fails', async () => {
        const turns = createTurns();
        const begun: string[] = [];
        let fail: () => void = () => undefined;
        const first = turns.measure(() => {
            begun.push('first');
            return new Promise<void>((_, reject) => (fail = () => reject(new Error('No.'))));
        });
        const second = turns.measure(() => {
            begun.push('second');
            return Promise.resolve(7);
        });
        await new Promise(setImmediate);
        expect(begun).toEqual(['first']);
        fail();
        await expect(first).rejects.toThrow('No.');
        await expect(second).resolves.toBe(7);
    });

    it('go to the job that is due first, and to the next one when that has no more items', async () => {
        const turns = createTurns();
        const order: string[] = [];
        const late = turns.enter(200);
        const soon = turns.enter(100);
        await Promise.all([
            collect(late.gate(['late 1', 'late 2']), order),
            collect(soon.gate(['soon 1', 'soon 2']), order),
        ]);
        expect(order).toEqual(['soon 1', 'soon 2', 'late 1', 'late 2']);
        expect(turns.waiting).toBe(0);
    });

    it('are given up in the middle for a more urgent job', async () => {
        const turns = createTurns();
        const order: string[] = [];
        let release: (() => void) | undefined;
        const late = turns.enter(200);
        async function* slow() {
            yield 'late 1';
            await new Promise<void>((resolve) => (release = resolve));
            yield 'late 2';
        }
        const first = collect(late.gate(slow()), order);
        await until(() => release !== undefined);
        const soon = turns.enter(100);
        release?.();
        await collect(soon.gate(['soon']), order);
        await first;
        expect(order).toEqual(['late 1', 'soon', 'late 2']);
    });

    it('end for one that leaves while it waits', async () => {
        const turns = createTurns();
        const first = turns.enter(1);
        const second = turns.enter(2);
        const order: string[] = [];
        const waiting = collect(second.gate(['never']), order);
        second.leave();
        await waiting;
        expect(order).toEqual([]);
        first.leave();
        first.leave();
        expect(turns.waiting).toBe(0);
    });

    it('are timed while they last', () => {
        let nowMs = 0;
        const turns = createTurns(() => nowMs);
        const late = turns.enter(2);
        nowMs = 10;
        const soon = turns.enter(1);
        nowMs = 30;
        expect([late.openMs, soon.openMs]).toEqual([10, 20]);
        soon.leave();
        nowMs = 35;
        expect([late.openMs, soon.openMs]).toEqual([15, 20]);
    });
});
