import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadedModel, PacedRuntime } from '../../runtime';
import { CHILD_PRIORITY } from '../../runtime/child-settings';
import { trips } from './items';
import { countModel } from './onnx-models';
import { bundle } from './worker-bundle';
import { createWorld, isAlive, until, verdicts } from './world';

const world = createWorld();
afterEach(() => world.stopAll());

/** About 20 ms each. */
const ITEM = trips(10_000n);
const items = (count: number) => Array.from({ length: count }, () => ITEM);

/** Whether a process is stopped. */
function isStopped(pid: number): boolean {
    return /^State:\s*T/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
}

/** Undefined where it is gone, or not there yet. */
function priorityOf(pid: number | undefined): number | undefined {
    try {
        return pid === undefined ? undefined : getPriority(pid);
    } catch {
        return undefined;
    }
}

/** Processor time that a process has used, milliseconds; the kernel counts hundredths. */
function usedMs(pid: number): number {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
}

function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

async function loaded(
    processes = 1,
): Promise<{ readonly runtime: PacedRuntime; readonly model: LoadedModel; readonly pid: number }> {
    const runtime = world.runtime({ processes });
    const model = await runtime.load({ bytes: countModel() }, { limits: { itemTimeoutMs: 1_000 } });
    return { runtime, model, pid: model.pids[0] ?? 0 };
}

describe('a pace', () => {
    it('stops children in the middle of an item, and charges it with no time', async () => {
        const { runtime, model, pid } = await loaded();
        const long = trips(150_000n);
        const started = performance.now();
        const run = model.run([long]);
        const outcome = run.next();
        await until(() => usedMs(pid) > 0 && performance.now() - started > 100);
        runtime.setPace({ share: 0 });
        await until(() => isStopped(pid));
        const worked = runtime.workedMs();
        const used = usedMs(pid);
        // Longer than the item may take.
        await sleep(1_300);
        expect(runtime.workedMs()).toBe(worked);
        expect(usedMs(pid)).toBe(used);
        runtime.setPace({ share: 1 });
        await until(() => !isStopped(pid));
        const { value } = await outcome;
        expect(value).toMatchObject({ status: 'done' });
        const wallMs = performance.now() - started;
        expect((value?.elapsedUs ?? 0) / 1000).toBeLessThan(wallMs - 1_200);
        expect(await run.next()).toMatchObject({ done: true });
    });

    it('gives children a share of the time', async () => {
        const { runtime, model, pid } = await loaded();
        const abort = new AbortController();
        const running = verdicts(model.run(items(10_000), { signal: abort.signal }));
        const ended = running.catch(() => 'aborted');
        await until(() => usedMs(pid) > 0);
        runtime.setPace({ share: 0.25 });
        const before = { at: performance.now(), used: usedMs(pid), worked: runtime.workedMs() };
        await sleep(1_600);
        const passed = performance.now() - before.at;
        expect((runtime.workedMs() - before.worked) / passed).toBeCloseTo(0.25, 1);
        // Others may use the core too, so that a child gets less, but it never gets more.
        expect((usedMs(pid) - before.used) / passed).toBeLessThan(0.35);
        abort.abort();
        expect(await ended).toBe('aborted');
    });

    it('takes children away and gives them back, and no item is lost', async () => {
        const { runtime, model } = await loaded(3);
        const done = verdicts(model.run(items(60)));
        await until(() => model.pids.some((pid) => usedMs(pid) > 300));
        const before = [...model.pids];
        runtime.setPace({ share: 1, processes: 1 });
        expect(model.pids).toEqual(before.slice(0, 1));
        await until(() => before.slice(1).every((pid) => !isAlive(pid)));
        runtime.setPace({ share: 1, processes: 2 });
        await until(() => model.pids.length === 2);
        expect(new Set(await done)).toEqual(new Set(['done']));
    });

    it('lets other programs go first, and takes that back', async () => {
        const { runtime, model, pid } = await loaded();
        runtime.setPace({ share: 1, lowPriority: true });
        await until(() => (model.pids[0] ?? pid) !== pid);
        expect(priorityOf(model.pids[0])).toBe(Math.max(10, getPriority()));
        expect(await verdicts(model.run(items(1)))).toEqual(['done']);
        runtime.setPace({ share: 1 });
        const done = verdicts(model.run(items(1)));
        const usual = Math.max(CHILD_PRIORITY, getPriority());
        await until(() => priorityOf(model.pids[0]) === usual);
        expect(await done).toEqual(['done']);
    });

    it('ends stopped children when the node is gone', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
        const script = bundle('tests/runtime/orphan-parent.ts');
        const parent = spawn(process.execPath, [script, world.workerPath, 'stopped'], {
            stdio: ['ignore', 'pipe', 'inherit'],
            env: { ...process.env, TMPDIR: folder }, // it cannot clean up after itself
        });
        const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
        const pid = Number(line);
        await until(() => isStopped(pid));
        parent.kill('SIGKILL');
        await until(() => !isAlive(pid));
        rmSync(folder, { recursive: true });
    });

    it('refuses a share that is none', async () => {
        const { runtime } = await loaded();
        expect(() => runtime.setPace({ share: 1.5 })).toThrow(RangeError);
    });
});
