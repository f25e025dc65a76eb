import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
    copyFileSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    statSync,
    truncateSync,
    writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Address } from '@ton/core';
import { buildSync } from 'esbuild';
import { open } from 'lmdb';
import { asHashHex } from '../../protocol';
import { type NodeState, openBooks, openState, type SignedResult } from '../../provider';
import { openVerifierState } from '../../verifier/state';

const STAKE = new Address(0, Buffer.alloc(32, 1));
const OTHER = new Address(0, Buffer.alloc(32, 2));
const DAY_MS = 24 * 60 * 60 * 1000;

const record = { escrow: STAKE, client: OTHER, index: 0, jobId: 7, seenAt: 1, bids: 1 };
const result = (root: string): SignedResult => ({
    root: asHashHex(root.repeat(64)),
    faulty: 0,
    document: asHashHex('d'.repeat(64)),
    inputHashes: asHashHex('e'.repeat(64)),
});
const conflict = expect.objectContaining({ code: 'ROOT_CONFLICT' }) as Error;

describe('The state of a node', () => {
    let folder: string;
    let nowMs: number;
    const states: NodeState[] = [];
    const reopen = async (options: { stake?: Address; market?: Address } = {}) => {
        await states.at(-1)?.close();
        const identity = { stake: STAKE, market: OTHER, ...options };
        const state = await openState({ folder, ...identity, now: () => nowMs });
        states.push(state);
        return state;
    };
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-state-'));
        nowMs = Date.parse('2026-11-23T12:00:00Z');
    });
    afterEach(async () => {
        for (const state of states.splice(0)) await state.close();
        rmSync(folder, { recursive: true });
    });

    it('remembers across a restart what was signed, and where the node is in the market', async () => {
        const before = await reopen();
        before.jobs.put({ ...record, result: result('a') });
        before.cursor = { lt: 2n ** 60n, hash: 'cursor', chainTime: 5 };
        const after = await reopen();
        const [open] = after.jobs.open();
        expect(open).toMatchObject({ jobId: 7, bids: 1, seenAt: 1, result: result('a') });
        expect(open?.escrow.equals(STAKE)).toBe(true);
        expect(after.cursor).toEqual({ lt: 2n ** 60n, hash: 'cursor', chainTime: 5 });
    });

    it('never keeps a second root for one job, also after a restart', async () => {
        (await reopen()).jobs.put({ ...record, result: result('a') });
        const { jobs } = await reopen();
        expect(() => jobs.put({ ...record, result: result('b') })).toThrow(conflict);
        expect(() => jobs.put(record)).toThrow(conflict);
        jobs.put({ ...record, result: result('a'), idleSince: nowMs });
        expect(jobs.open()).toEqual([]);
        expect(() => jobs.put({ ...record, result: result('b') })).toThrow(conflict);
    });

    it('forgets jobs a week after they were over', async () => {
        const state = await reopen();
        state.jobs.put({ ...record, idleSince: nowMs });
        nowMs += 7 * DAY_MS;
        state.prune();
        expect(state.jobs.get(STAKE, 7)).toBeDefined();
        nowMs += 1;
        state.prune();
        expect(state.jobs.get(STAKE, 7)).toBeUndefined();
    });

    it('writes all of a group, or nothing of it', async () => {
        const state = await reopen();
        const group = () =>
            state.atomically(() => {
                state.cursor = { lt: 1n, hash: 'x', chainTime: 1 };
                state.jobs.put({ ...record, result: result('a') });
                state.jobs.put({ ...record, result: result('b') });
            });
        expect(group).toThrow(conflict);
        expect(state.cursor).toBeUndefined();
        expect(state.jobs.get(STAKE, 7)).toBeUndefined();
    });

    it('is open for one node at a time', async () => {
        await reopen();
        const second = openState({ folder, stake: STAKE, market: OTHER });
        await expect(second).rejects.toMatchObject({ code: 'STATE_IN_USE', pid: process.pid });
    });

    it('belongs to one stake of one market', async () => {
        await reopen();
        const foreign = expect.objectContaining({ code: 'STATE_FOREIGN' }) as Error;
        await expect(reopen({ stake: OTHER })).rejects.toEqual(foreign);
        await expect(reopen({ market: STAKE })).rejects.toEqual(foreign);
        await reopen();
    });

    it('of another format is refused', async () => {
        await (await reopen()).close();
        const root = open({ path: folder, noSubdir: false, maxDbs: 16, encoding: 'json' });
        root.openDB({ name: 'format', encoding: 'json' }).putSync('only', { version: 9 });
        await root.close();
        await expect(reopen()).rejects.toMatchObject({ code: 'STATE_FOREIGN' });
    });

    it('has nothing in it that breaks its format', async () => {
        await (await reopen()).close();
        const root = open({ path: folder, noSubdir: false, maxDbs: 16, encoding: 'json' });
        root.openDB({ name: 'jobs', encoding: 'json' }).putSync('x', { escrow: 'nobody' });
        await root.close();
        const { jobs } = await reopen();
        expect(() => jobs.open()).toThrow(
            expect.objectContaining({ code: 'STATE_DAMAGED' }) as Error,
        );
    });

    it.each([
        ['cut off', (path: string) => truncateSync(path, statSync(path).size / 2)],
        ['garbage', (path: string) => writeFileSync(path, Buffer.alloc(65_536, 7))],
        [
            // LMDB ends its process over a page that is not what it has to be.
            'empty inside',
            (path: string) => {
                const { size } = statSync(path);
                truncateSync(path, 8_192);
                truncateSync(path, size);
            },
        ],
    ])('that is %s is told as damage, and a copy of it can be put back', async (_, damage) => {
        const before = await reopen();
        before.jobs.put({ ...record, result: result('a') });
        await before.close();
        const path = join(folder, 'data.mdb');
        copyFileSync(path, `${path}.copy`);
        damage(path);
        await expect(reopen()).rejects.toMatchObject({
            code: 'STATE_DAMAGED',
            hint: expect.stringContaining('Restore a copy') as string,
        });
        copyFileSync(`${path}.copy`, path);
        expect((await reopen()).jobs.open()).toHaveLength(1);
    });
});

describe('The state of a version', () => {
    /** When the files were made. */
    const THEN = Date.parse('2026-11-23T12:00:00Z');
    let folder: string;
    const unpack = (name: string) => {
        const packed = readFileSync(join(__dirname, 'fixtures', `${name}.mdb.gz`));
        writeFileSync(join(folder, 'data.mdb'), gunzipSync(packed));
    };
    const version = async (): Promise<number | undefined> => {
        const root = open({ path: folder, noSubdir: false, maxDbs: 16 });
        const formats = root.openDB<{ version: number }, string>({
            name: 'format',
            encoding: 'json',
        });
        const found = formats.get('only')?.version;
        await root.close();
        return found;
    };
    beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cocoon-state-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it('before this one is brought up to date with all that it holds, and stays so', async () => {
        unpack('state-1');
        for (let start = 0; start < 2; start++) {
            const state = await openState({ folder, stake: STAKE, market: OTHER });
            expect(state.jobs.get(STAKE, 7)).toMatchObject({ bids: 1, result: result('a') });
            expect(() => state.jobs.put({ ...record, result: result('b') })).toThrow(conflict);
            expect(state.ledger.totals().earned).toBe(77n);
            expect(state.cursor?.lt).toBe(12n);
            await state.close();
            expect(await version()).toBe(2);
        }
    });

    it('before this one is too, of a verifier', async () => {
        unpack('checks-1');
        const state = await openVerifierState({ folder, stake: STAKE, market: OTHER });
        expect(state.totals).toMatchObject({ claims: 3, earned: 5n });
        await state.close();
        expect(await version()).toBe(2);
    });

    it('of today is held as a file, and read in all its tables: who changes them needs a version', async () => {
        unpack('state-2');
        const state = await openState({ folder, stake: STAKE, market: OTHER, now: () => THEN });
        expect(state.jobs.open()).toMatchObject([
            {
                ...{ jobId: 7, seenAt: 1, listedAt: 1_795_000_000, bids: 1, items: 3 },
                ...{ since: { lt: 11n, hash: 'since' }, terms: '9'.repeat(64), protocolFee: 100 },
                result: result('a'),
            },
        ]);
        const materials = ['b'.repeat(64), 'c'.repeat(64)];
        expect(state.results.all()).toMatchObject([{ jobId: 7, items: 3, materials }]);
        expect(state.ledger.find(STAKE, 7)).toMatchObject({
            ...{ outcome: 'paid', earned: 77n, fees: 4n, ceiling: 99n, modelName: 'a model' },
            why: { code: 'paid-accepted' },
        });
        expect(state.ledger.totals()).toMatchObject({ seen: 1, earned: 77n, fees: 4n });
        expect(state.costs.coreMsPerItem(asHashHex('b'.repeat(64)), 1000)).toBe(12);
        expect(state.quarantine.lift(asHashHex('f'.repeat(64)))).toBe(true);
        expect(state.keys.get(asHashHex('8'.repeat(64)))).toMatchObject({ used: true });
        expect(state.cursor).toEqual({ lt: 12n, hash: 'cursor', chainTime: 5 });
        await state.close();
        expect(await version()).toBe(2);
    });

    it('of today is held for a verifier too', async () => {
        unpack('checks-2');
        const state = await openVerifierState({ folder, stake: STAKE, market: OTHER });
        expect(state.totals).toMatchObject({ claims: 3, earned: 5n });
        expect(state.checks.bondsAtStake()).toBe(50n);
        const [check] = state.checks.open();
        expect(check).toMatchObject({
            ...{ jobId: 8, seenAt: 2, listedAt: 3, parametersTag: 4n, caught: false },
            ...{ since: { lt: 11n, hash: 'since' }, modelName: 'a model' },
            news: [{ at: 10, kind: 'sealed', text: 'Sealed what was found.' }],
        });
        const [claim] = check?.claims ?? [];
        expect(claim).toMatchObject({ step: 'sealed', bond: 50n, fee: 6n, ticket: 7n, sent: 1 });
        expect(claim?.sealed?.beginParse().loadUint(64)).toBe(42);
        expect(claim?.attempts).toMatchObject([{ what: 'leaf', said: 'HTTP 404' }]);
        expect([...state.parameterTags]).toEqual([4n]);
        expect(state.cursor?.lt).toBe(12n);
        await state.close();
        expect(await version()).toBe(2);
    });

    it('is left as it is where it belongs to another stake', async () => {
        unpack('state-1');
        const foreign = openState({ folder, stake: OTHER, market: OTHER });
        await expect(foreign).rejects.toMatchObject({ code: 'STATE_FOREIGN' });
        expect(await version()).toBe(1);
    });

    it.each([
        [3, 'Use the version of the program that wrote it'],
        [0, 'Upgrade over a version in between.'],
    ])('%d is refused, with what to do, and not touched', async (other, hint) => {
        unpack('state-2');
        const root = open({ path: folder, noSubdir: false, maxDbs: 16 });
        await root.openDB({ name: 'format', encoding: 'json' }).put('only', { version: other });
        await root.close();
        const file = () => readFileSync(join(folder, 'data.mdb'));
        const before = file();
        const refusal = { code: 'STATE_FOREIGN', hint: expect.stringContaining(hint) as string };
        const opened = openState({ folder, stake: STAKE, market: OTHER });
        await expect(opened).rejects.toMatchObject(refusal);
        if (other === 3) await expect(openBooks(folder)).rejects.toMatchObject(refusal);
        expect(file().equals(before)).toBe(true);
        expect(await version()).toBe(other);
    });
});

describe('The state of a node that was killed', () => {
    it('holds what was kept, and another node may take it over', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-state-'));
        const program = join(folder, 'child.js');
        const root = join(__dirname, '..', '..');
        buildSync({
            entryPoints: [join(__dirname, 'state-child.ts')],
            outfile: program,
            bundle: true,
            platform: 'node',
            packages: 'external',
            logLevel: 'error',
        });
        const env = { ...process.env, NODE_PATH: join(root, 'node_modules') };
        const identity = { folder: join(folder, 'state'), stake: STAKE, market: STAKE };
        const child = spawn(process.execPath, [program, identity.folder], { env });
        try {
            const [said] = (await once(child.stdout, 'data')) as [Buffer];
            expect(said.toString()).toBe('kept\n');
            const meanwhile = openState(identity);
            await expect(meanwhile).rejects.toMatchObject({ code: 'STATE_IN_USE', pid: child.pid });
        } finally {
            child.kill('SIGKILL');
            await once(child, 'exit');
        }
        const state = await openState(identity);
        try {
            expect(state.jobs.get(STAKE, 7)?.result?.root).toBe('a'.repeat(64));
            expect(() => state.jobs.put({ ...record, result: result('b') })).toThrow(conflict);
        } finally {
            await state.close();
            rmSync(folder, { recursive: true });
        }
    });
});

describe('The ledger of a node', () => {
    let folder: string;
    let state: NodeState;
    let nowMs: number;
    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-ledger-'));
        nowMs = Date.parse('2026-11-23T23:59:00Z');
        const now = () => nowMs;
        state = await openState({ folder, stake: STAKE, market: OTHER, now });
    });
    afterEach(async () => {
        await state.close();
        rmSync(folder, { recursive: true });
    });
    const job = (jobId: number) => ({ escrow: STAKE, jobId, seenAt: jobId });

    it('counts each thing once, on the day on which it happened', () => {
        const { ledger } = state;
        ledger.note(job(1), { items: 10 });
        ledger.note(job(1), { bidAt: 1, price: 5n });
        ledger.note(job(1), { bidAt: 2 });
        ledger.charge(job(1), 3n);
        ledger.charge(job(1), 4n);
        nowMs += 120_000;
        ledger.note(job(1), { executedAt: 3, executedMs: 20, faulty: 2 });
        ledger.note(job(1), { outcome: 'paid', earned: 100n });
        ledger.note(job(2), { outcome: 'passed', reason: 'outbid' });
        const [first, second] = [...ledger.days().values()];
        expect(first).toMatchObject({ seen: 1, bids: 1, fees: 7n, earned: 0n, outcomes: {} });
        expect(second).toMatchObject({
            seen: 1,
            items: 10,
            faulty: 2,
            earned: 100n,
            outcomes: { paid: 1, passed: 1 },
            passed: { outbid: 1 },
        });
        expect(ledger.today()).toEqual(second);
        expect(ledger.totals()).toMatchObject({ seen: 2, fees: 7n, earned: 100n });
    });

    it('drops the oldest entries over its limit, and keeps their sums', () => {
        const { ledger } = state;
        for (let id = 1; id <= 5; id++) ledger.note(job(id), { outcome: 'paid', earned: 1n });
        ledger.prune(0, 2);
        expect(ledger.latest(10).map(({ jobId }) => jobId)).toEqual([5, 4]);
        expect(ledger.totals().earned).toBe(5n);
    });
});

describe('What a node learns of the cost of work', () => {
    const model = asHashHex('a'.repeat(64));
    let folder: string;
    let state: NodeState;
    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-costs-'));
        state = await openState({ folder, stake: STAKE, market: OTHER });
    });
    afterEach(async () => {
        await state.close();
        rmSync(folder, { recursive: true });
    });

    it('is the median of the latest measurements, so that a busy neighbour does not move it', () => {
        const { costs } = state;
        expect(costs.coreMsPerItem(model, 1000)).toBeUndefined();
        for (const ms of [10, 11, 500, 9, 10]) costs.learnItem(model, 1000, ms);
        expect(costs.coreMsPerItem(model, 1000)).toBe(10);
        for (let run = 0; run < 15; run++) costs.learnItem(model, 1000, 20);
        expect(costs.coreMsPerItem(model, 1000)).toBe(20);
    });

    it('differs by the size of the inputs, and survives a restart', async () => {
        state.costs.learnItem(model, 1000, 10);
        state.costs.learnItem(model, 4000, 40);
        await state.close();
        state = await openState({ folder, stake: STAKE, market: OTHER });
        expect(state.costs.coreMsPerItem(model, 1010)).toBe(10);
        expect(state.costs.coreMsPerItem(model, 3990)).toBe(40);
        expect(state.costs.coreMsPerItem(model, 100)).toBeUndefined();
    });

    it('takes nothing that is no measurement', () => {
        for (const ms of [0, -1, NaN, Infinity]) state.costs.learnItem(model, 1000, ms);
        expect(state.costs.all()).toEqual([]);
        state.costs.learnFetch(10, 1);
        expect(state.costs.fetchRate).toBeUndefined();
        state.costs.learnFetch(10_000_000, 1_000);
        expect(state.costs.fetchRate).toBe(10_000);
    });
});
