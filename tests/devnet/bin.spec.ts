import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { TonClient } from '@ton/ton';
import { cleanUp, start, statePath } from './world';

const ROOT = join(__dirname, '..', '..');
const MODULES = join(ROOT, 'node_modules');
/** The devnet as JavaScript, which starts much faster than TypeScript does. */
const compiled = mkdtempSync(join(tmpdir(), 'devnet-bin-'));
const target = new Address(0, Buffer.alloc(32, 9));
const children: ChildProcess[] = [];

beforeAll(() => {
    const entries = [join(ROOT, 'devnet', 'bin.ts'), join(ROOT, 'devnet', 'index.ts')];
    const options = ['--bundle', '--platform=node', '--packages=external', `--outdir=${compiled}`];
    execFileSync(join(MODULES, '.bin', 'esbuild'), [...entries, ...options, '--log-level=error']);
});
afterAll(() => rmSync(compiled, { recursive: true }));
afterEach(async () => {
    for (const child of children.splice(0)) {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    }
    await cleanUp();
});

interface Run {
    readonly child: ChildProcess;
    /** Text of standard output up to its first line break, or its end. */
    readonly firstLine: Promise<string>;
    readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function run(args: readonly string[]): Run {
    const env = { ...process.env, NODE_PATH: MODULES };
    const child = spawn(process.execPath, args, { cwd: compiled, env });
    children.push(child);
    let stdout = '';
    let stderr = '';
    const firstLine = new Promise<string>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
            stdout += chunk.toString();
            if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
        });
        child.stdout.on('end', () => resolve(stdout));
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, 'close').then(([code]) => ({
        code: code as number | null,
        stdout,
        stderr,
    }));
    return { child, firstLine, ended };
}

const bin = (...args: string[]) => run(['bin.js', '--port', '0', ...args]);

interface Started {
    readonly endpoint: string;
    readonly url: string;
    readonly seqno: number;
}

describe('cocoon-devnet', () => {
    it.each(['SIGINT', 'SIGTERM'] as const)(
        'serves until %s, then ends with code 0 and resumes from its file',
        async (signal) => {
            const path = statePath();
            const first = bin('--json', '--block-ms', '0', '--state', path);
            const { url } = JSON.parse(await first.firstLine) as Started;
            await fetch(`${url}/devnet/faucet`, {
                method: 'POST',
                body: JSON.stringify({ address: target.toString(), amount: '5' }),
            });
            first.child.kill(signal);
            expect(await first.ended).toMatchObject({ code: 0, stderr: '' });
            expect(readFileSync(path, 'utf8')).toContain(target.toRawString());

            const second = bin('--json', '--state', path);
            const { endpoint } = JSON.parse(await second.firstLine) as Started;
            expect(await new TonClient({ endpoint }).getBalance(target)).toBe(5n);
            second.child.kill(signal);
            expect((await second.ended).code).toBe(0);
        },
    );

    it('loses no finished block to SIGKILL', async () => {
        const path = statePath();
        const first = bin('--json', '--block-ms', '0', '--state', path);
        const { url } = JSON.parse(await first.firstLine) as Started;
        await fetch(`${url}/devnet/faucet`, {
            method: 'POST',
            body: JSON.stringify({ address: target.toString(), amount: '5' }),
        });
        first.child.kill('SIGKILL');
        await first.ended;
        const second = bin('--json', '--block-ms', '0', '--state', path);
        const { endpoint, seqno } = JSON.parse(await second.firstLine) as Started;
        expect(seqno).toBe(2);
        expect(await new TonClient({ endpoint }).getBalance(target)).toBe(5n);
    });

    it('comes with a market, unless it is told not to', async () => {
        const started = bin('--json');
        const { market } = JSON.parse(await started.firstLine) as { market: string };
        expect(Address.parseRaw(market).workChain).toBe(0);
        const without = bin('--json', '--no-market');
        expect(JSON.parse(await without.firstLine)).toMatchObject({ market: null, seqno: 0 });
    });

    it('tells where it listens and how to use it', async () => {
        const { child, firstLine, ended } = bin('--fees', 'sandbox');
        const line = await firstLine;
        expect(line).toMatch(/^TON devnet listening on http:\/\/127\.0\.0\.1:\d+$/);
        child.kill('SIGTERM');
        const { stdout } = await ended;
        expect(stdout).toContain('fees sandbox, a block every 400 ms');
        expect(stdout).toMatch(/blueprint run --custom http\S+\/api\/v2\/jsonRPC/);
    });

    it('says that a port is in use in one line', async () => {
        const devnet = await start();
        const { ended } = bin('--port', String(devnet.port));
        const { code, stderr } = await ended;
        expect(code).toBe(1);
        expect(stderr).toBe(
            `Port ${devnet.port} of 127.0.0.1 is already in use. ` +
                'Choose another port, or 0 for any free one.\n',
        );
    });

    it('refuses options that it does not know or understand', async () => {
        for (const args of [['--block-ms', 'soon'], ['--fees', 'none'], ['--what']]) {
            const { code, stderr } = await bin(...args).ended;
            expect([code, stderr.split('\n')]).toEqual([
                1,
                [expect.stringContaining('error:'), ''],
            ]);
        }
    });
});

describe('stop()', () => {
    it('leaves nothing open: a program that calls it ends by itself', async () => {
        const script = `
            const { startDevnet } = require('./index.js');
            (async () => {
                const devnet = await startDevnet({
                    blockIntervalMs: 10,
                    statePath: ${JSON.stringify(statePath())},
                });
                await devnet.mineBlock();
                await fetch(devnet.url + '/devnet/status');
                await Promise.all([devnet.stop(), devnet.stop()]);
                await devnet.stop();
                console.log('stopped');
            })();
        `;
        expect(await run(['-e', script]).ended).toEqual({
            code: 0,
            stdout: 'stopped\n',
            stderr: '',
        });
    });

    it('frees the port, and whatever is asked afterwards is refused', async () => {
        const devnet = await start();
        await devnet.stop();
        await expect(devnet.mineBlock()).rejects.toMatchObject({ code: 'DEVNET_STOPPED' });
        await expect(devnet.faucet(target, 1n)).rejects.toMatchObject({ code: 'DEVNET_STOPPED' });
        await start({ port: devnet.port });
    });
});

describe('a chain whose block production fails', () => {
    it('halts, says why, and keeps what was in finished blocks', async () => {
        const path = statePath();
        let broken = false;
        const nowMs = () => {
            if (broken) throw new Error('the clock is broken');
            return 1_800_000_000_000;
        };
        const devnet = await start({ statePath: path, nowMs });
        await devnet.faucet(target, 5n);
        broken = true;
        await expect(devnet.mineBlock()).rejects.toThrow(
            'The chain has halted: the clock is broken',
        );
        broken = false;
        const mined = await fetch(`${devnet.url}/devnet/mine`, { method: 'POST' });
        expect(mined.status).toBe(503);
        const client = new TonClient({ endpoint: devnet.endpoint });
        expect(await client.getBalance(target)).toBe(5n);
        await devnet.stop();
        const resumed = await start({ statePath: path });
        expect(resumed.status().seqno).toBe(1);
    });
});
