import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toNano } from '@ton/core';
import { mnemonicNew } from '@ton/crypto';
import { buildSync } from 'esbuild';
import { SAMPLE_RATE_HZ } from '../../examples/audio/frames';
import { Secret } from '../../cli/keystore';
import { walletAddress } from '../../cli/network';
import type { Stage } from '../../cli/demo/stage';
import { ROOT, startMarket } from '../cli/cocoon/world';
import { recordedVoice } from './recording';

/** As many as docs/examples.md promises. */
const FILES = 10_000;

const DOORS = ['sdk/node', 'models', 'protocol', 'wrappers'];

/** The examples for Node, as their users run them, against an embedded chain with a real node. */
describe('The examples for Node', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-examples-'));
    const bundles = join(ROOT, 'node_modules', '.cache', `examples-${process.pid}`);
    let stage: Stage;
    let words: string[];
    beforeAll(async () => {
        // So cheap that its stake covers ten thousand items.
        stage = await startMarket({ operators: [{ name: 'node', nanoPerItem: 1_000n }] });
        words = await mnemonicNew(24);
        const address = await walletAddress(-3, new Secret<readonly string[]>(words));
        await stage.devnet.faucet(address, toNano('20'));
    });
    afterAll(async () => {
        await stage.stop();
        rmSync(folder, { recursive: true });
        rmSync(bundles, { recursive: true, force: true });
    });

    function compile(name: string): string {
        mkdirSync(bundles, { recursive: true });
        const outfile = join(bundles, `${name}.js`);
        buildSync({
            entryPoints: [join(ROOT, 'examples', 'apps', `${name}.ts`)],
            ...{ outfile, bundle: true, packages: 'external', platform: 'node', format: 'cjs' },
            target: 'node20',
            tsconfigRaw: {},
            absWorkingDir: ROOT,
            alias: {
                ...Object.fromEntries(
                    DOORS.map((door) => [`cocoon/${door}`, `./${door}/index.ts`]),
                ),
                cocoon: './sdk/index.ts',
            },
            logLevel: 'error',
        });
        return outfile;
    }

    /** Runs a program to its end, or until it has said something. */
    function run(program: string, argument: string, killAt?: string) {
        const child = spawn(process.execPath, [program, argument], {
            env: {
                PATH: process.env['PATH'],
                ENDPOINT: stage.devnet.endpoint,
                MARKET: stage.market.address.toString(),
                WORDS: words.join(' '),
                CEILING: '0.1',
            },
        });
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => {
            stderr += chunk.toString();
            if (killAt !== undefined && stderr.includes(killAt)) child.kill('SIGKILL');
        });
        return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
            child.on('close', (code) => resolve({ code, stdout, stderr }));
        });
    }

    it('say where somebody speaks in a recording', async () => {
        const path = join(folder, 'talk.raw');
        writeFileSync(path, Buffer.from(recordedVoice(576 + 9 * 512).buffer));
        const { code, stdout, stderr } = await run(compile('node-script'), path);
        expect([code, stderr]).toEqual([0, expect.stringMatching(/paid \d+ nanoGRAM/)]);
        const rows = stdout.trim().split('\n');
        expect(rows).toHaveLength(10);
        for (const row of rows) expect(row).toMatch(/^\d+\.\d\d [01]\.\d{3}$/);
    }, 120_000);

    it('do a folder of files as one job, also when they are killed in the middle', async () => {
        const frames = join(folder, 'frames');
        mkdirSync(frames);
        const voice = recordedVoice(20 * SAMPLE_RATE_HZ, 0);
        for (let at = 0; at < FILES; at++) {
            const name = `${String(at).padStart(5, '0')}.raw`;
            const start = (1_000 * at) % (voice.length - 576);
            writeFileSync(join(frames, name), Buffer.from(voice.slice(start, start + 576).buffer));
        }
        const program = compile('batch-folder');
        const killed = await run(program, frames, 'posted');
        expect(killed.code).toBeNull();
        expect(readdirSync(join(frames, 'jobs'))).toHaveLength(1);
        const { code, stderr } = await run(program, frames);
        expect([code, stderr]).toEqual([0, expect.stringContaining('resumed')]);
        const rows = readFileSync(join(frames, 'results.csv'), 'utf8').trim().split('\n');
        const names = rows.map((row) => row.split(',')[0]);
        expect(new Set(names).size).toBe(FILES);
        expect(rows).toHaveLength(FILES);
        // Another start has nothing to add, and pays nothing.
        const again = await run(program, frames);
        expect(again.code).toBe(0);
        expect(readFileSync(join(frames, 'results.csv'), 'utf8').trim().split('\n')).toHaveLength(
            FILES,
        );
        expect(readdirSync(join(frames, 'jobs'))).toHaveLength(1);
    }, 240_000);
});
