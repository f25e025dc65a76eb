import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');
/** Inside the project, so that packages are found from there. */
const FOLDER = join(ROOT, 'node_modules', '.cache', 'cocoon-demo-test');
const BIN = join(FOLDER, 'bin.js');

interface Account {
    readonly name: string;
    readonly before: string;
    readonly received: string;
    readonly sent: string;
    readonly gas: string;
    readonly carriage: string;
    readonly storage: string;
    readonly after: string;
}

interface Report {
    readonly picture: { readonly text: string; readonly asWritten: boolean };
    readonly voice: { readonly chances: readonly number[] };
    readonly cheat: { readonly convicted: boolean; readonly spared: number };
    readonly data: Readonly<Record<'peers' | 'http', { requests: number; bytes: number }>>;
    readonly jobs: readonly {
        readonly task: string;
        readonly items: number;
        readonly done: number;
        readonly winner: string;
        readonly price: string;
        readonly bids: readonly { readonly operator: string; readonly fate: string }[];
    }[];
    readonly parties: readonly { readonly party: string; readonly change: string }[];
    readonly books: {
        readonly accounts: readonly Account[];
        readonly totals: { readonly fees: string; readonly difference: string };
        readonly elsewhere: string;
        readonly balanced: boolean;
    };
}

beforeAll(() => {
    mkdirSync(FOLDER, { recursive: true });
    for (const [entry, name] of [
        ['cli/demo/bin.ts', 'bin.js'],
        ['runtime/worker.ts', 'worker.js'],
    ] as const) {
        buildSync({
            entryPoints: [join(ROOT, entry)],
            outfile: join(FOLDER, name),
            bundle: true,
            packages: 'external',
            platform: 'node',
            format: 'cjs',
            target: 'node20',
            logLevel: 'error',
        });
    }
});

describe('The demo', () => {
    let demo: ChildProcess;
    let told = '';
    let printed = '';

    beforeAll(async () => {
        const args = [BIN, '--json', '--keep', '--frames', '12', '--block-ms', '50'];
        demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
        demo.stdout?.setEncoding('utf8').on('data', (part: string) => (printed += part));
        told = await textUntil(demo, 'Stop it with Ctrl-C.');
    }, 300_000);
    afterAll(() => demo.kill('SIGKILL'));

    it('prints one JSON document with what was read and heard, and books that sum to zero', () => {
        const report = JSON.parse(printed) as Report;

        const written = readFileSync(join(ROOT, 'examples', 'ocr', 'receipt.txt'), 'utf8');
        expect(report.picture).toMatchObject({ text: written.trimEnd(), asWritten: true });
        expect(report.voice.chances).toHaveLength(12);
        expect(report.voice.chances.every((chance) => chance >= 0 && chance <= 1)).toBe(true);
        // Where the draw hits the one frame that the cheat executed, it is paid and tries again.
        const cheaply = ({ task }: { readonly task: string }) => task === 'hear a voice, cheaply';
        expect(report.jobs.filter(cheaply)).toHaveLength(report.cheat.spared);
        expect(report.cheat.convicted).toBe(true);
        const others = report.jobs.filter((job) => !cheaply(job));
        expect(others.map(({ task }) => task)).toEqual([
            'find lines',
            'read lines',
            'hear a voice',
            // By an honest node, once the cheat that had won it was found out.
            'hear a voice, again',
        ]);
        for (const { done, items, bids, winner } of report.jobs) {
            expect(done).toBe(items);
            expect(bids.find(({ fate }) => fate === 'won')?.operator).toBe(winner);
        }

        const { accounts, totals, elsewhere, balanced } = report.books;
        for (const row of accounts) {
            const fees = BigInt(row.gas) + BigInt(row.carriage) + BigInt(row.storage);
            const expected = BigInt(row.before) + BigInt(row.received) - BigInt(row.sent) - fees;
            expect([row.name, BigInt(row.after)]).toEqual([row.name, expected]);
        }
        const sum = (pick: (row: Account) => string) =>
            accounts.reduce((total, row) => total + BigInt(pick(row)), 0n);
        expect(sum((row) => row.received)).toBe(sum((row) => row.sent));
        expect(sum((row) => row.after) - sum((row) => row.before)).toBe(-BigInt(totals.fees));
        expect(BigInt(totals.fees)).toBeGreaterThan(0n);
        expect(totals.difference).toBe('0');
        expect(elsewhere).toBe('0');
        expect(balanced).toBe(true);
        // The faucet is no party; it gave the cheat what it came with.
        const faucet = accounts.find(({ name }) => name === 'faucet');
        const given = BigInt(faucet?.after ?? 0) - BigInt(faucet?.before ?? 0);
        const changes = report.parties.reduce((total, { change }) => total + BigInt(change), 0n);
        expect(changes + given).toBe(-BigInt(totals.fees));
    });

    it('moves all data from peer to peer, between nodes that have keys and no addresses', () => {
        const { data, jobs } = JSON.parse(printed) as Report;
        expect(data.http).toEqual({ requests: 0, bytes: 0 });
        // The spec of each job went to each bidder, and its results came back.
        expect(data.peers.requests).toBeGreaterThan(6 * jobs.length);
        expect(data.peers.bytes).toBeGreaterThan(50e6);
        expect(told).toMatch(/where peers meet/);
        expect(told.match(/stake \S+, node p2p:\/\/12D3KooW\w{44}$/gm)).toHaveLength(4);
    });

    it('stays when it is told to, says how to talk to it, and ends on a signal', async () => {
        const health = /curl (http\S+\/health)/.exec(told)?.[1] ?? '';
        const results = /curl (http\S+\/results\/\S+)/.exec(told)?.[1] ?? '';
        expect(await (await fetch(health)).json()).toMatchObject({ ok: true });
        expect(await (await fetch(results)).json()).toMatchObject({ count: 1 });
        const before = childrenOf(demo);
        expect(before.length).toBeGreaterThan(0);
        demo.kill('SIGINT');
        expect(await exitOf(demo)).toBe(0);
        await expect(fetch(health)).rejects.toThrow('fetch failed');
        expect(before.filter(isAlive)).toEqual([]);
    });

    it('runs over HTTP where it is told to', async () => {
        const args = [BIN, '--http', '--json', '--frames', '12', '--block-ms', '50'];
        const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 290_000 });
        const { data, books } = JSON.parse(stdout) as Report;
        expect(data.peers).toEqual({ requests: 0, bytes: 0 });
        expect(data.http.requests).toBeGreaterThan(24);
        expect(books.balanced).toBe(true);
    }, 300_000);

    it('refuses options that make no sense', async () => {
        const args = [BIN, '--frames', '0'];
        await expect(promisify(execFile)(process.execPath, args)).rejects.toMatchObject({
            code: 1,
            stdout: '',
        });
    });
});

function textUntil(demo: ChildProcess, end: string): Promise<string> {
    return new Promise((resolve, reject) => {
        let text = '';
        demo.stderr?.setEncoding('utf8').on('data', (part: string) => {
            text += part;
            if (text.includes(end)) resolve(text);
        });
        demo.once('exit', (code) => reject(new Error(`The demo ended with ${code}: ${text}`)));
    });
}

function exitOf(demo: ChildProcess): Promise<number | null> {
    return new Promise((resolve) => demo.once('exit', resolve));
}

function childrenOf({ pid }: ChildProcess): number[] {
    const path = `/proc/${pid}/task/${pid}/children`;
    return readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
    try {
        return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
    } catch {
        return false;
    }
}
