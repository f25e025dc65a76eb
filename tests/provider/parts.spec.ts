import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { asHashHex } from '../../protocol';
import {
    createSeeds,
    isPrivateAddress,
    openJournal,
    priceOf,
    publicFetch,
    type SignedResult,
} from '../../provider';
import { decideBid, type BiddingJob } from '../../provider/decide-bid';
import { seedHash } from '../../sdk';
import { DEVNET_PARAMETERS, lockHorizon } from '../../wrappers';

const ESCROW = new Address(0, Buffer.alloc(32, 1));
const CLIENT = new Address(0, Buffer.alloc(32, 2));

describe('Seeds of a node', () => {
    const seeds = createSeeds(Buffer.alloc(32, 1));

    it('are the same each time, and others for each bid, job and node', () => {
        const seed = seeds.seedOf(ESCROW, 1, 0);
        expect(createSeeds(Buffer.alloc(32, 1)).seedOf(ESCROW, 1, 0)).toBe(seed);
        const others = [
            seeds.seedOf(ESCROW, 1, 1),
            seeds.seedOf(ESCROW, 2, 0),
            seeds.seedOf(CLIENT, 1, 0),
            createSeeds(Buffer.alloc(32, 2)).seedOf(ESCROW, 1, 0),
        ];
        expect(new Set([seed, ...others]).size).toBe(5);
        expect(seed >> 128n).toBe(0n);
    });

    it('are found again by their hashes, and only the own ones', () => {
        const seed = seeds.seedOf(ESCROW, 1, 3);
        expect(seeds.find(ESCROW, 1, seedHash(seed))).toBe(seed);
        expect(seeds.find(ESCROW, 2, seedHash(seed))).toBeUndefined();
    });

    it('need a secret that cannot be guessed', () => {
        expect(() => createSeeds(Buffer.alloc(31))).toThrow(RangeError);
    });
});

describe('The journal of a node', () => {
    let folder: string;
    let path: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-journal-'));
        path = join(folder, 'journal');
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const record = { escrow: ESCROW, client: CLIENT, index: 0, jobId: 7, bids: 1 };
    const result = (root: string): SignedResult => ({
        root: asHashHex(root.repeat(64)),
        faulty: 0,
        document: asHashHex('d'.repeat(64)),
    });

    it('remembers across a restart what was signed', () => {
        const first = openJournal(path);
        first.put({ ...record, result: result('a') });
        first.close();
        const [open] = openJournal(path).open();
        expect(open).toMatchObject({ jobId: 7, bids: 1, result: result('a') });
        expect(open?.escrow.equals(ESCROW)).toBe(true);
    });

    it('never keeps a second root for one job', () => {
        const first = openJournal(path);
        first.put({ ...record, result: result('a') });
        first.close();
        const second = openJournal(path);
        const conflict = expect.objectContaining({ code: 'ROOT_CONFLICT' }) as Error;
        expect(() => second.put({ ...record, result: result('b') })).toThrow(conflict);
        expect(() => second.put(record)).toThrow(conflict);
        second.put({ ...record, result: result('a'), done: true });
    });

    it('survives a line that was cut off by the end of the process', () => {
        const first = openJournal(path);
        first.put(record);
        first.close();
        appendFileSync(path, '{"escrow":"0:');
        expect(openJournal(path).open()).toHaveLength(1);
    });

    it('forgets finished jobs when it is opened', () => {
        const first = openJournal(path);
        first.put({ ...record, done: true });
        expect(first.open()).toEqual([]);
        first.close();
        openJournal(path).close();
        expect(readFileSync(path, 'utf8')).toBe('');
    });
});

describe('A price', () => {
    it('counts items, or the time that they take', () => {
        expect(priceOf({ kind: 'per-item', nano: 5n }, 10, 0)).toBe(50n);
        expect(priceOf({ kind: 'per-millisecond', nano: 100n }, 10, 0.5)).toBe(500n);
    });

    it('is rounded up, and never nothing', () => {
        expect(priceOf({ kind: 'per-millisecond', nano: 1n }, 1, 0.0001)).toBe(1n);
        expect(priceOf({ kind: 'per-millisecond', nano: 3n }, 1, 1.1)).toBe(4n);
        expect(priceOf({ kind: 'per-item', nano: 0n }, 1, 0)).toBe(1n);
    });

    it('is none without items', () => {
        expect(() => priceOf({ kind: 'per-item', nano: 5n }, 0, 0)).toThrow(RangeError);
    });
});

describe('A bid', () => {
    const stake = { checkRate: 10_000n };
    const job = {
        ceiling: 1_000_000_000n,
        parameters: DEVNET_PARAMETERS,
        terms: { items: 1, commitWindowSeconds: 60, checkRate: 0 },
        biddingEnd: 1000,
        bid: undefined,
    } as unknown as BiddingJob;

    it('locks what the Escrow asks for, until the last window that the lock backs', () => {
        const bid = decideBid(job, 600_000_000n, stake);
        expect(bid.lock).toBe(600_000_000n);
        expect(bid.lockUntil).toBe(1000 + 60 + lockHorizon(DEVNET_PARAMETERS));
        expect(decideBid(job, 1n, stake).lock).toBe(500_000_000n);
    });

    it('is not made over the ceiling', () => {
        expect(() => decideBid(job, 1_000_000_001n, stake)).toThrow(
            expect.objectContaining({ reason: 'over-ceiling' }) as Error,
        );
    });

    it('is made only where it beats the best one by the minimum step', () => {
        const rank = (price: bigint) => {
            const check = (price * 12_000n) / 10_000n + DEVNET_PARAMETERS.checkGas;
            return price + check;
        };
        const best = (price: bigint) =>
            ({ ...job, bid: { rank: rank(price) } }) as unknown as BiddingJob;
        expect(() => decideBid(best(600_000_000n), 600_000_000n, stake)).toThrow(
            expect.objectContaining({ reason: 'outbid' }) as Error,
        );
        expect(() => decideBid(best(600_000_000n), 599_000_000n, stake)).toThrow(
            expect.objectContaining({ reason: 'outbid' }) as Error,
        );
        expect(decideBid(best(600_000_000n), 590_000_000n, stake).price).toBe(590_000_000n);
    });
});

describe('Fetching what strangers name', () => {
    it.each([
        '127.0.0.1',
        '10.1.2.3',
        '169.254.169.254',
        '192.168.1.1',
        '::1',
        '::',
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        'fe80::1',
        'fd00::1',
        'no address',
    ])('does not go to %s', (address) => {
        expect(isPrivateAddress(address)).toBe(true);
    });

    it.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111'])('may go to %s', (address) => {
        expect(isPrivateAddress(address)).toBe(false);
    });

    it.each([
        'http://127.0.0.1:1/x',
        'http://[::1]:1/x',
        'http://localhost:1/x',
        'http://2130706433/x',
    ])('refuses %s', async (url) => {
        await expect(publicFetch(url)).rejects.toMatchObject({ code: 'ADDRESS_PRIVATE' });
    });
});
