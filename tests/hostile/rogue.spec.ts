import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
    createRuntime,
    type IsolationLevel,
    type LoadedModel,
    type Runtime,
    type RuntimeLimits,
} from '../../runtime';
import { bundle } from '../runtime/worker-bundle';
import { collect, isAlive, until } from '../runtime/world';
import { harmless } from './models';

const workerPath = bundle('tests/hostile/rogue-worker.ts');
const folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
const secret = join(folder, 'node.key');
writeFileSync(secret, 'seed');

const runtimes = new Map<IsolationLevel, Runtime>();
const models = new Map<string, Promise<LoadedModel>>();
afterAll(async () => {
    await Promise.all([...runtimes.values()].map((runtime) => runtime.stop()));
    rmSync(folder, { recursive: true });
});

/** The children, which are there already where somebody was told the like before. */
function childrenWith(limits: Partial<RuntimeLimits>, isolation: IsolationLevel) {
    const runtime =
        runtimes.get(isolation) ?? createRuntime({ processes: 1, workerPath, isolation });
    runtimes.set(isolation, runtime);
    const key = JSON.stringify([limits, isolation]);
    const model = models.get(key) ?? runtime.load({ bytes: harmless }, { limits });
    models.set(key, model);
    return model;
}

/** Lets a child that was taken over do something, and then behave. */
async function told(
    deed: string,
    limits: Partial<RuntimeLimits> = {},
    isolation: IsolationLevel = 'strict',
): Promise<string> {
    const loaded = await childrenWith({ attempts: 1, itemTimeoutMs: 30_000, ...limits }, isolation);
    const items = [deed, 'behave'].map((text) => Buffer.from(text));
    const [first, second] = (await collect(loaded.run(items))).map((outcome) => {
        if (outcome.status === 'failed') return outcome.error.code;
        return outcome.status === 'done' ? Buffer.from(outcome.output).toString() : 'stored';
    });
    expect(second).toBe('fine');
    return first ?? '';
}

/** Whether this machine lets children have namespaces of their own; see docs/isolation.md. */
const fenced = process.platform === 'linux' ? it : it.skip;

describe('a child that was taken over, at its limits', () => {
    it('of open files', async () => {
        expect(await told('open-files')).toMatch(/^EMFILE after (?:\d\d|1[01]\d)$/);
    });

    it('of the size of a file', async () => {
        expect(await told('large-file')).toBe('EFBIG');
    });

    it('of wall time', async () => {
        expect(await told('hang', { itemTimeoutMs: 200 })).toBe('TIME_LIMIT');
    });

    it('of processor time, in threads of its own', async () => {
        expect(await told('threads', { itemCpuMs: 300 })).toBe('TIME_LIMIT');
    });

    it('of memory', async () => {
        expect(await told('memory', { maxMemoryBytes: 256 * 1024 ** 2 })).toBe('MEMORY_LIMIT');
    });

    it('of the size of an output', async () => {
        expect(await told('large-output', { maxOutputBytes: 1024 ** 2 })).toBe('PROCESS_DIED');
    });

    it.each(['crash', 'lie', 'babble'])('of what is believed: %s', async (deed) => {
        expect(await told(deed)).toBe('PROCESS_DIED');
    });
});

describe('a child that was taken over', () => {
    fenced('reads no file that is none of its business', async () => {
        expect(await told(`read:${secret}`)).toBe('ENOENT');
        expect(await told('read:/etc/passwd')).toBe('ENOENT');
        expect(await told(`read:/proc/${process.pid}/environ`)).toBe('ENOENT');
    });

    fenced('writes nowhere but in its own folder', async () => {
        expect(await told(`write:${folder}/x`)).toBe('ENOENT');
        expect(await told(`write:${workerPath}`)).toBe('EROFS');
        expect(await told('write:own')).toBe('undefined');
        expect(existsSync(join(folder, 'x'))).toBe(false);
    });

    fenced('reaches no network, not even this machine', async () => {
        const server = createServer().listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        expect(await told(`connect:127.0.0.1 ${port}`, {}, 'limits')).toBe('connected');
        expect(await told(`connect:127.0.0.1 ${port}`)).toBe('ENETUNREACH');
        expect(await told('connect:192.0.2.1 443')).toBe('ENETUNREACH');
        server.close();
    });

    fenced('sees no other process, and ends none', async () => {
        const victim = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
        const pid = victim.pid ?? 0;
        expect(await told(`kill:${pid}`)).toBe('ESRCH');
        expect(isAlive(pid)).toBe(true);
        victim.kill();
    });

    fenced('takes what it started with it', async () => {
        const mark = `orphan-of-${process.pid}`;
        const loaded = await childrenWith({}, 'strict');
        const run = collect(loaded.run([Buffer.from(`orphan:${mark}`)]));
        await until(() => running(mark));
        await run;
        expect(running(mark)).toBe(true);
        await loaded.stop();
        await until(() => !running(mark));
    });
});

/** Whether a process of this machine has a word among its arguments. */
function running(word: string): boolean {
    return readdirSync('/proc').some((name) => {
        if (!/^\d+$/.test(name)) return false;
        try {
            return readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0').includes(word);
        } catch {
            return false; // it has just gone
        }
    });
}
