import type { LoadedModel, LoadOptions, RuntimeLimits } from '../../runtime';
import { ENDLESS, shape, trips } from './items';
import { chainModel, countModel, fillModel, growModel, model, node, value } from './onnx-models';
import { encodeItem, tensorOf } from '../../protocol';
import { createWorld, isAlive, rejection, verdicts } from './world';

/*
 * The class `wasm` has the isolation of the class `native`, which isolation.spec.ts describes; here
 * stands what its engine could do otherwise.
 */

const world = createWorld();
afterEach(() => world.stopAll());

const wasm = (limits: Partial<RuntimeLimits> = {}): LoadOptions => ({
    executionClass: 'wasm',
    limits,
});

function load(bytes: Uint8Array, limits?: Partial<RuntimeLimits>): Promise<LoadedModel> {
    return world.runtime().load({ bytes }, wasm(limits));
}

describe('an item in the class wasm', () => {
    it('that never ends is killed at its limit, and costs none of its neighbours', async () => {
        // More than a fresh module takes for its first item, during which it is compiled.
        const loaded = await load(countModel(), { itemTimeoutMs: 3000 });
        const before = loaded.pids;
        const few = Array.from({ length: 20 }, (_, i) => trips(BigInt(i)));
        const got = await verdicts(loaded.run([...few, ENDLESS, ...few]));
        const fine = few.map(() => 'done');
        expect(got).toEqual([...fine, 'TIME_LIMIT', ...fine]);
        expect(before.every((pid) => !isAlive(pid))).toBe(true);
    });

    it('that takes more memory than its limit is killed, and costs none of its neighbours', async () => {
        const loaded = await load(fillModel(), { maxMemoryBytes: 512 * 1024 ** 2 });
        const bomb = shape(900_000_000n); // 3.6 GB
        const got = await verdicts(loaded.run([shape(10n), bomb, shape(1_000_000n)]));
        expect(got).toEqual(['done', 'MEMORY_LIMIT', 'done']);
    });

    it('that takes more memory than WebAssembly can address fails so, and ends no child', async () => {
        const loaded = await load(fillModel());
        const before = loaded.pids;
        const bombs = [30n, 34n, 62n].map((bits) => shape(2n ** bits));
        const got = await verdicts(loaded.run([...bombs, shape(10n)]));
        expect(got).toEqual([...bombs.map(() => 'MEMORY_LIMIT'), 'done']);
        expect(loaded.pids).toEqual(before);
    });

    it('that traps ends the child, whose memory nobody knows then, and costs only itself', async () => {
        // The one division of integers that has no result; x86 processors trap on it too.
        const loaded = await load(divideModel());
        const before = loaded.pids;
        const lowest = -(2 ** 31);
        const items = [divide(7, 2), divide(lowest, -1), divide(9, 3)];
        expect(await verdicts(loaded.run(items))).toEqual(['done', 'PROCESS_DIED', 'done']);
        expect(before.every((pid) => !isAlive(pid))).toBe(true);
    });

    it('that fails in a node is an error, and the child goes on', async () => {
        const loaded = await load(divideModel());
        const before = loaded.pids;
        const items = [divide(7, 0), divide(7, 0), divide(9, 3)];
        expect(await verdicts(loaded.run(items))).toEqual([
            'RUNTIME_ERROR',
            'RUNTIME_ERROR',
            'done',
        ]);
        expect(loaded.pids).toEqual(before);
    });

    it('whose output is too large is an error', async () => {
        const loaded = await load(growModel(), { maxOutputBytes: 1000 });
        const got = await verdicts(loaded.run([shape(1000n), shape(100n)]));
        expect(got).toEqual(['OUTPUT_LIMIT', 'done']);
    });

    it('runs again when somebody kills its child', async () => {
        const loaded = await load(countModel());
        const [victim] = loaded.pids;
        const items = Array.from({ length: 200 }, () => trips(500n));
        const got: string[] = [];
        let killed = false;
        for await (const { index, status } of loaded.run(items)) {
            got[index] = status;
            if (!killed && victim !== undefined) killed = process.kill(victim, 'SIGKILL');
        }
        expect(got).toEqual(items.map(() => 'done'));
        expect(loaded.pids).not.toEqual([victim]);
    });
});

describe('a model in the class wasm', () => {
    it('that does not load in time, or in its memory, is refused', async () => {
        const late = await rejection(load(chainModel(20_000), { loadTimeoutMs: 1 }));
        expect(late).toMatchObject({ reason: 'load-time' });
        const large = await rejection(load(chainModel(20_000), { maxMemoryBytes: 64 * 1024 ** 2 }));
        expect(large).toMatchObject({ reason: 'load-memory' });
    });

    it('leaves no child when it is stopped, a hung one included', async () => {
        const loaded = await load(countModel());
        const { pids } = loaded;
        const run = rejection(verdicts(loaded.run([ENDLESS])));
        await loaded.stop();
        expect(await run).toMatchObject({ code: 'RUNTIME_STOPPED' });
        expect(pids).toHaveLength(1);
        expect(pids.some(isAlive)).toBe(false);
    });
});

/** `c = a / b` for int32 tensors `[1]`. */
function divideModel(): Uint8Array {
    return model({
        nodes: [node('Div', ['a', 'b'], ['c'])],
        inputs: [value('a', 'int32', [1]), value('b', 'int32', [1])],
        outputs: [value('c', 'int32', [1])],
    });
}

function divide(a: number, b: number): Uint8Array {
    return encodeItem({ a: tensorOf('int32', [1], [a]), b: tensorOf('int32', [1], [b]) });
}
