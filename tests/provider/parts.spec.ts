import { Address } from '@ton/core';
import {
    createJobKeys,
    DEFAULT_LIMITS,
    isPrivateAddress,
    publicFetch,
    quote,
} from '../../provider';
import { decideBid, type BiddingJob } from '../../provider/decide-bid';
import { DEVNET_PARAMETERS, jobCommitment, lockHorizon, providerSeed } from '../../wrappers';

const ESCROW = new Address(0, Buffer.alloc(32, 1));
const CLIENT = new Address(0, Buffer.alloc(32, 2));

describe('Keys of a node for its jobs', () => {
    const keys = createJobKeys(Buffer.alloc(32, 1));

    it('are the same each time, and others for each bid, job and node', () => {
        const key = keys.keyOf(ESCROW, 1, 0);
        expect(createJobKeys(Buffer.alloc(32, 1)).keyOf(ESCROW, 1, 0)).toEqual(key);
        const others = [
            keys.keyOf(ESCROW, 1, 1),
            keys.keyOf(ESCROW, 2, 0),
            keys.keyOf(CLIENT, 1, 0),
            createJobKeys(Buffer.alloc(32, 2)).keyOf(ESCROW, 1, 0),
        ];
        expect(new Set([key, ...others].map(jobCommitment)).size).toBe(5);
        expect(new Set([key, ...others].map(({ seed }) => seed)).size).toBe(5);
        expect(key.seed >> 128n).toBe(0n);
    });

    it('sign with what their seeds do not tell', () => {
        const { seed, secretKey } = keys.keyOf(ESCROW, 1, 0);
        const shown = seed.toString(16).padStart(32, '0');
        expect(Buffer.from(secretKey).toString('hex')).not.toContain(shown);
    });

    it('are found again by what a bid or a commit keeps of them, and only the own ones', () => {
        const key = keys.keyOf(ESCROW, 1, 3);
        expect(keys.find(ESCROW, 1, jobCommitment(key))).toEqual(key);
        expect(keys.find(ESCROW, 2, jobCommitment(key))).toBeUndefined();
        expect(keys.findCommitted(ESCROW, 1, providerSeed(key))).toEqual(key);
        expect(keys.findCommitted(ESCROW, 2, providerSeed(key))).toBeUndefined();
    });

    it('need a secret that cannot be guessed', () => {
        expect(() => createJobKeys(Buffer.alloc(31))).toThrow(RangeError);
    });
});

describe('A price', () => {
    const work = { items: 10, coreMsPerItem: 0.5, feesNano: 0n, load: 0 };

    it('counts items, or the time that they take of a core', () => {
        expect(quote({ kind: 'per-item', nano: 5n }, work).ask).toBe(50n);
        expect(quote({ kind: 'per-core-millisecond', nano: 100n }, work).ask).toBe(500n);
        expect(quote({ kind: 'per-core-hour', nano: 3_600_000n }, work).ask).toBe(5n);
    });

    it('is rounded up, and never nothing', () => {
        const one = { ...work, items: 1 };
        const pricing = (nano: bigint) => ({ kind: 'per-core-millisecond', nano }) as const;
        expect(quote(pricing(1n), { ...one, coreMsPerItem: 0.0001 }).ask).toBe(1n);
        expect(quote(pricing(3n), { ...one, coreMsPerItem: 1.1 }).ask).toBe(4n);
        expect(quote({ kind: 'per-core-hour', nano: 1n }, one).ask).toBe(1n);
        expect(quote({ kind: 'per-item', nano: 0n }, one).ask).toBe(1n);
    });

    it('holds a part for each job, or what its messages cost, and is no lower than the least', () => {
        const perItem = { kind: 'per-item', nano: 5n } as const;
        expect(quote({ ...perItem, perJob: 7n }, work).ask).toBe(57n);
        expect(quote({ ...perItem, perJob: 'fees' }, { ...work, feesNano: 9n }).ask).toBe(59n);
        expect(quote({ ...perItem, minimum: 60n }, work).ask).toBe(60n);
    });

    it('grows with the load, while the floor stays', () => {
        const pricing = { kind: 'per-item', nano: 100n, loadMarginPercent: 50 } as const;
        expect(quote(pricing, { ...work, load: 0.5 })).toEqual({ ask: 1250n, floor: 1000n });
        expect(quote(pricing, { ...work, load: 7 })).toEqual({ ask: 1500n, floor: 1000n });
    });

    it('is none without items', () => {
        const none = { ...work, items: 0 };
        expect(() => quote({ kind: 'per-item', nano: 5n }, none)).toThrow(RangeError);
    });
});

describe('A bid', () => {
    const stake = { checkRate: 10_000n };
    const limits = DEFAULT_LIMITS;
    const job = {
        ceiling: 1_000_000_000n,
        parameters: DEVNET_PARAMETERS,
        terms: { items: 1, commitWindowSeconds: 60, checkRate: 0 },
        biddingEnd: 1000,
        bid: undefined,
    } as unknown as BiddingJob;
    const firm = (price: bigint) => ({ ask: price, floor: price });
    const bidOf = (price: bigint) => decideBid(job, firm(price), stake, limits);
    /** The job with a bid of another stake. */
    const best = (price: bigint) => {
        const check = (price * 12_000n) / 10_000n + DEVNET_PARAMETERS.checkGas;
        return { ...job, bid: { rank: price + check } } as unknown as BiddingJob;
    };
    const outbid = expect.objectContaining({ reason: 'outbid' }) as Error;

    it('locks what the Escrow asks for, until the last window that the lock backs', () => {
        const bid = bidOf(600_000_000n);
        expect(bid.lock).toBe(600_000_000n);
        expect(bid.lockUntil).toBe(1000 + 60 + lockHorizon(DEVNET_PARAMETERS));
        expect(bidOf(1n).lock).toBe(500_000_000n);
    });

    it('is not made over the ceiling, nor over what the operator risks for one job', () => {
        expect(() => bidOf(1_000_000_001n)).toThrow(
            expect.objectContaining({ reason: 'over-ceiling' }) as Error,
        );
        const over = expect.objectContaining({ reason: 'over-limits' }) as Error;
        const tight = { ...limits, maxLockNano: 499_999_999n };
        expect(() => decideBid(job, firm(1n), stake, tight)).toThrow(over);
        const poor = { ...limits, maxPriceNano: 1n };
        expect(() => decideBid(job, firm(2n), stake, poor)).toThrow(over);
    });

    it('is made only where it beats the best one by the minimum step', () => {
        const beside = (price: bigint) =>
            decideBid(best(600_000_000n), firm(price), stake, limits).price;
        expect(() => beside(600_000_000n)).toThrow(outbid);
        expect(() => beside(599_000_000n)).toThrow(outbid);
        expect(beside(590_000_000n)).toBe(590_000_000n);
    });

    it('gives its margin up where that wins, and no more of it than that takes', () => {
        const offer = { ask: 700_000_000n, floor: 500_000_000n };
        const { price } = decideBid(best(600_000_000n), offer, stake, limits);
        expect(price).toBeLessThan(600_000_000n);
        expect(price).toBeGreaterThan(590_000_000n);
        const dearer = firm(price + 1n);
        expect(() => decideBid(best(600_000_000n), dearer, stake, limits)).toThrow(outbid);
        expect(() => decideBid(best(500_000_000n), offer, stake, limits)).toThrow(outbid);
        const high = { ask: 2_000_000_000n, floor: 1n };
        expect(decideBid(job, high, stake, limits).price).toBe(job.ceiling);
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
