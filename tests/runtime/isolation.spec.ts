import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ExecutionOutcome, LoadedModel } from '../../runtime';
import { RuntimeStoppedError, WorkerMissingError } from '../../runtime';
import { ENDLESS, shape, trips } from './items';
import { chainModel, countModel, fillModel } from './onnx-models';
import { collect, createWorld, isAlive, rejection, until, verdicts } from './world';
import { bundle } from './worker-bundle';

const world = createWorld();
afterEach(() => world.stopAll());

const BOMB = shape(4_000_000_000n); // 16 GB of floats

function pidOf(model: LoadedModel): number {
    const [pid] = model.pids;
    if (pid === undefined) throw new Error('no child');
    return pid;
}

/** Whether a process has been working for a while, by its user time in clock ticks. */
function isBusy(pid: number, ticks = 5): boolean {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ');
    const used = Number(fields?.[11]);
    const before = started.get(pid) ?? used;
    started.set(pid, before);
    return used - before >= ticks;
}
const started = new Map<number, number>();

describe('an item that never ends', () => {
    it('is killed at its limit, and costs none of its neighbours', async () => {
        const limits = { itemTimeoutMs: 300 };
        const loaded = await world.runtime().load({ bytes: countModel() }, { limits });
        const before = loaded.pids;
        const few = Array.from({ length: 50 }, (_, i) => trips(BigInt(i)));
        const got = await verdicts(loaded.run([...few, ENDLESS, ...few]));
        const fine = few.map(() => 'done');
        expect(got).toEqual([...fine, 'TIME_LIMIT', ...fine]);
        expect(before.every((pid) => !isAlive(pid))).toBe(true);
    });

    it('is charged for each time anew, several in one message included', async () => {
        const limits = { itemTimeoutMs: 200 };
        const loaded = await world.runtime().load({ bytes: countModel() }, { limits });
        // Quick items first, so that the next message holds many.
        const warm = Array.from({ length: 30 }, () => trips(1n));
        await collect(loaded.run(warm));
        const items = [trips(1n), ENDLESS, trips(2n), ENDLESS, trips(3n)];
        expect(await verdicts(loaded.run(items))).toEqual([
            'done',
            'TIME_LIMIT',
            'done',
            'TIME_LIMIT',
            'done',
        ]);
    });
});

describe('a model whose child is just being replaced', () => {
    it('is measured once the next one is there', async () => {
        const limits = { itemTimeoutMs: 200 };
        const loaded = await world.runtime().load({ bytes: countModel() }, { limits });
        expect(await verdicts(loaded.run([ENDLESS]))).toEqual(['TIME_LIMIT']);
        expect(loaded.processes).toBe(1);
        const { items } = await loaded.benchmark([trips(1n)], { minDurationMs: 1 });
        expect(items).toBeGreaterThan(0);
    });

    it('refuses a run that could never begin', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        const run = verdicts(loaded.run([trips(1n)], { maxOutstandingItems: 0 }));
        expect(await rejection(run)).toBeInstanceOf(RangeError);
    });
});

describe('an item that takes all memory', () => {
    it('is killed at the limit, and costs none of its neighbours', async () => {
        const limits = { maxMemoryBytes: 512 * 1024 ** 2 };
        const loaded = await world.runtime().load({ bytes: fillModel() }, { limits });
        const got = await verdicts(loaded.run([shape(10n), BOMB, shape(1_000_000n)]));
        expect(got).toEqual(['done', 'MEMORY_LIMIT', 'done']);
    });
});

describe('a model that does not load in time', () => {
    it('is refused, and its child is gone', async () => {
        const limits = { loadTimeoutMs: 1 };
        const load = world.runtime().load({ bytes: chainModel(20_000) }, { limits });
        expect(await rejection(load)).toMatchObject({ reason: 'load-time' });
    });
});

describe('a child that is killed from outside', () => {
    it('costs no item: what it held runs again in the next child', async () => {
        const loaded = await world.runtime({ processes: 2 }).load({ bytes: countModel() });
        const victims = [...loaded.pids];
        const items = Array.from({ length: 400 }, () => trips(2000n));
        const outcomes: ExecutionOutcome[] = [];
        for await (const outcome of loaded.run(items)) {
            outcomes[outcome.index] = outcome;
            const victim = victims.pop();
            if (victim !== undefined) process.kill(victim, 'SIGKILL');
        }
        expect(outcomes).toHaveLength(400);
        expect(outcomes.every(({ status }) => status === 'done')).toBe(true);
    });

    it('costs the item that was running when it happens to it again, and only that', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        const outcomes = verdicts(loaded.run([trips(1n), ENDLESS, trips(2n)]));
        const first = pidOf(loaded);
        await until(() => isBusy(first));
        process.kill(first, 'SIGKILL');
        await until(() => loaded.pids.some((pid) => pid !== first));
        const second = pidOf(loaded);
        await until(() => isBusy(second, 100)); // past its start and the loading
        process.kill(second, 'SIGKILL');
        expect(await outcomes).toEqual(['done', 'PROCESS_DIED', 'done']);
    });

    it('is replaced when it was idle', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        const first = pidOf(loaded);
        process.kill(first, 'SIGKILL');
        expect(await verdicts(loaded.run([trips(3n)]))).toEqual(['done']);
        expect(pidOf(loaded)).not.toBe(first);
    });
});

describe('what a child gets', () => {
    it('is an environment without the secrets of its parent', async () => {
        process.env.COCOON_TEST_SECRET = 'in no child';
        try {
            const loaded = await world.runtime().load({ bytes: countModel() });
            const environment = readFileSync(`/proc/${pidOf(loaded)}/environ`, 'utf8');
            const names = environment.split('\0').flatMap((line) => line.split('=')[0] || []);
            expect(names.sort()).toEqual([
                'GLIBC_TUNABLES',
                'NODE_CHANNEL_FD',
                'NODE_CHANNEL_SERIALIZATION_MODE',
                'ORT_DISABLE_TELEMETRY',
                'PWD',
                'TMPDIR',
            ]);
        } finally {
            delete process.env.COCOON_TEST_SECRET;
        }
    });

    it('is an empty working folder, which goes with it', async () => {
        const runtime = world.runtime();
        const loaded = await runtime.load({ bytes: countModel() });
        const cwd = readlinkSync(`/proc/${pidOf(loaded)}/cwd`);
        expect(cwd.startsWith(tmpdir())).toBe(true);
        expect(readdirSync(cwd)).toEqual([]);
        await runtime.stop();
        expect(() => readdirSync(join(cwd, '..'))).toThrow('ENOENT');
    });

    it('is none of the arguments of its parent', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        const line = readFileSync(`/proc/${pidOf(loaded)}/cmdline`, 'utf8').split('\0');
        const own = ['--single-threaded-gc', '--expose-gc'];
        expect(line.slice(1)).toEqual([...own, world.workerPath, '']);
    });
});

describe('abort', () => {
    it('ends a run with its reason, frees the child, and leaves the model usable', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        const controller = new AbortController();
        const { signal } = controller;
        const run = rejection(collect(loaded.run([ENDLESS, trips(1n)], { signal })));
        const pid = pidOf(loaded);
        await until(() => isBusy(pid));
        const reason = new Error('no longer wanted');
        controller.abort(reason);
        expect(await run).toBe(reason);
        await until(() => !isAlive(pid));
        expect(await verdicts(loaded.run([trips(5n)]))).toEqual(['done']);
    });

    it('before the start runs nothing', async () => {
        const runtime = world.runtime();
        const signal = AbortSignal.abort('early');
        const load = runtime.load({ bytes: countModel() }, { signal });
        await expect(load).rejects.toBe('early');
        const loaded = await runtime.load({ bytes: countModel() });
        await expect(loaded.run([trips(1n)], { signal }).next()).rejects.toBe('early');
    });

    it('while a model loads leaves no child', async () => {
        const controller = new AbortController();
        const runtime = world.runtime();
        const load = runtime.load({ bytes: chainModel(20_000) }, { signal: controller.signal });
        setImmediate(() => controller.abort('changed my mind'));
        await expect(load).rejects.toBe('changed my mind');
    });

    it('of the loop ends the run and keeps the child', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        const { pids } = loaded;
        for await (const outcome of loaded.run(Array.from({ length: 500 }, () => trips(100n)))) {
            expect(outcome.status).toBe('done');
            break;
        }
        expect(await verdicts(loaded.run([trips(5n)]))).toEqual(['done']);
        expect(loaded.pids).toEqual(pids);
    });
});

describe('stop', () => {
    it('ends runs with a typed error and leaves no child, hung ones included', async () => {
        const runtime = world.runtime({ processes: 2 });
        const loaded = await runtime.load({ bytes: countModel() });
        const { pids } = loaded;
        const run = rejection(collect(loaded.run([ENDLESS, ENDLESS])));
        await until(() => pids.every((pid) => isBusy(pid)));
        await Promise.all([runtime.stop(), runtime.stop()]);
        expect(await run).toBeInstanceOf(RuntimeStoppedError);
        expect(pids).toHaveLength(2);
        expect(pids.some(isAlive)).toBe(false);
        expect(loaded.pids).toEqual([]);
        await runtime.stop();
        await loaded.stop();
    });

    it('refuses what comes after it', async () => {
        const runtime = world.runtime();
        const loaded = await runtime.load({ bytes: countModel() });
        await loaded.stop();
        expect(await rejection(loaded.run([trips(1n)]).next())).toBeInstanceOf(RuntimeStoppedError);
        await runtime.stop();
        const late = runtime.load({ bytes: countModel() });
        expect(await rejection(late)).toBeInstanceOf(RuntimeStoppedError);
    });

    it('while a model loads ends that too', async () => {
        const runtime = world.runtime();
        const load = rejection(runtime.load({ bytes: chainModel(20_000) }));
        await runtime.stop();
        expect(await load).toBeInstanceOf(RuntimeStoppedError);
    });
});

describe('a parent that is killed', () => {
    it('takes a hung child with it', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
        const script = bundle('tests/runtime/orphan-parent.ts');
        const parent = spawn(process.execPath, [script, world.workerPath], {
            stdio: ['ignore', 'pipe', 'inherit'],
            env: { ...process.env, TMPDIR: folder }, // it cannot clean up after itself
        });
        const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
        const pid = Number(line);
        expect(isAlive(pid)).toBe(true);
        parent.kill('SIGKILL');
        await until(() => !isAlive(pid));
        rmSync(folder, { recursive: true });
    });
});

describe('a runtime without a compiled worker', () => {
    it('says so at once', () => {
        expect(() => world.runtime({ workerPath: join(__dirname, 'none.js') })).toThrow(
            WorkerMissingError,
        );
    });
});
