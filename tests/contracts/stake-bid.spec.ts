import '@ton/test-utils';
import { toNano } from '@ton/core';
import {
    ErrorLockTooLong,
    ErrorNotEnoughCollateral,
    ErrorOperatingBalanceLow,
    ErrorOverDailyLimit,
    ErrorPaused,
    ErrorReserveTooSmall,
} from '../../build/Stake/Stake_Stake';
import { expectConserved, openBooks } from './conservation';
import { readStake, viewOf } from './stake-state';
import { refusalOf } from './trace';
import { type Client, GENEROUS, type Provider, World } from './world';

const PRICE = toNano('0.5');
const DAY = 86_400;

let world: World;
let provider: Provider;
let client: Client;

async function build(options: Parameters<World['provider']>[1] = {}): Promise<void> {
    world = await World.create();
    provider = await world.provider('provider', options);
    client = await world.client();
    await world.post(client);
}

const bid = (change: { lock?: bigint; lockUntil?: number; price?: bigint; jobId?: number } = {}) =>
    world.bid(provider, client, { price: PRICE, ...change });

async function expectRefused(sending: Promise<unknown>, code: bigint): Promise<void> {
    const before = await readStake(world, provider.stake.address);
    expect(await refusalOf(sending)).toBe(Number(code));
    expect(await readStake(world, provider.stake.address)).toEqual(before);
}

describe('a bid', () => {
    it('is refused while the operator has paused the node; commits are not', async () => {
        await build();
        const sender = provider.operator.getSender();
        const limits = { dailyLimit: toNano('9'), paused: true };
        await bid();
        world.wait(2);
        await provider.stake.sendSetLimits(sender, GENEROUS, limits);
        await expectRefused(bid(), ErrorPaused);
        await world.commit(provider, client);
        expect(await client.escrow.getOpenJob(0, world.now)).toMatchObject({ state: 'committed' });
        await provider.stake.sendSetLimits(sender, GENEROUS, { ...limits, paused: false });
        await world.post(client, { jobId: 1 });
        await bid({ jobId: 1 });
        expect((await provider.stake.getStake()).locked).toBe(2n * PRICE);
    });

    it('is refused over the daily limit by a nano, until the next day', async () => {
        await build({ dailyLimit: PRICE + toNano('0.5') });
        world.chain.now = (Math.floor(world.now / DAY) + 1) * DAY - 10;
        await world.post(client, { jobId: 1, terms: { bidWindowSeconds: 60 } });
        await world.post(client, { jobId: 2, terms: { bidWindowSeconds: 60 } });
        await bid({ jobId: 1 });
        await expectRefused(bid({ jobId: 2, lock: toNano('0.5') + 1n }), ErrorOverDailyLimit);
        await bid({ jobId: 2, lock: toNano('0.5') });
        expect((await provider.stake.getStake()).lockedToday).toBe(toNano('1'));
        await expectRefused(bid({ jobId: 1, lock: 1n }), ErrorOverDailyLimit);
        world.wait(9);
        await expectRefused(bid({ jobId: 1, lock: 1n }), ErrorOverDailyLimit);
        world.wait(1);
        expect((await provider.stake.getStake()).lockedToday).toBe(0n);
        await bid({ jobId: 1, price: PRICE / 2n, lock: PRICE });
        expect((await provider.stake.getStake()).lockedToday).toBe(PRICE);
    });

    it('counts what 64 bits do not hold against the highest daily limit', async () => {
        const most = (1n << 64n) - 1n;
        await build({ dailyLimit: most });
        world.chain.now = (Math.floor(world.now / DAY) + 1) * DAY - 10;
        // Nothing is locked yet: the limit would bear it, and the collateral does not.
        await world.post(client, { jobId: 1, terms: { bidWindowSeconds: 60 } });
        await expectRefused(bid({ jobId: 1, lock: most }), ErrorNotEnoughCollateral);
        await bid({ jobId: 1 });
        await world.post(client, { jobId: 2, terms: { bidWindowSeconds: 60 } });
        // Together 2^64: what 64 bits would leave of the sum is 0.
        await expectRefused(bid({ jobId: 2, lock: most - PRICE + 1n }), ErrorOverDailyLimit);
        await expectRefused(bid({ jobId: 2, lock: most }), ErrorOverDailyLimit);
        await expectRefused(bid({ jobId: 2, lock: most - PRICE }), ErrorNotEnoughCollateral);
        const { seqno, record, lockedToday } = await readStake(world, provider.stake.address);
        expect({ seqno, record, lockedToday }).toEqual({
            seqno: 1,
            record: 0n,
            lockedToday: PRICE,
        });
    });

    it('may lock until 62 buckets from now, and not a second longer or shorter than now', async () => {
        await build();
        const far = world.now + 62 * 60;
        await expectRefused(bid({ lockUntil: far + 1 }), ErrorLockTooLong);
        await expectRefused(bid({ lockUntil: 0xffff_ffff }), ErrorLockTooLong);
        await expectRefused(bid({ lockUntil: world.now }), ErrorLockTooLong);
        await bid({ lockUntil: far });
        expect((await provider.stake.getStake()).locked).toBe(PRICE);
    });

    it('is refused a nano over the collateral, all that is locked counted', async () => {
        await build({ collateral: PRICE + toNano('0.6') });
        await bid();
        await world.post(client, { jobId: 1 });
        await expectRefused(bid({ jobId: 1, lock: toNano('0.6') + 1n }), ErrorNotEnoughCollateral);
        await bid({ jobId: 1, lock: toNano('0.6') });
        expect((await provider.stake.getStake()).locked).toBe(PRICE + toNano('0.6'));
        await expectRefused(bid({ lock: (1n << 64n) - 1n }), ErrorOverDailyLimit);
    });

    it('with less than the factor in reserve is refused by the Escrow, and locks nothing', async () => {
        await build({ reserve: PRICE * 85n - 1n });
        const books = openBooks(world.chain);
        const trace = await bid();
        expect(trace.transactions).toHaveTransaction({
            on: client.escrow.address,
            exitCode: Number(ErrorReserveTooSmall),
        });
        const after = await readStake(world, provider.stake.address);
        expect(after).toMatchObject({ locked: 0n, seqno: 1 });
        expect(after.buckets.size).toBe(0);
        await provider.stake.sendDeposit(provider.operator.getSender(), GENEROUS, {
            reserve: 1n,
            collateral: 0n,
        });
        await bid();
        expect((await provider.stake.getStake()).locked).toBe(PRICE);
        expectConserved(books);
    });

    it('is freed when another bid beats it, in the same trace', async () => {
        await build();
        const rival = await world.provider('rival');
        const books = openBooks(world.chain);
        await bid();
        const before = await provider.stake.getStake();
        await world.bid(rival, client, { price: PRICE / 2n });
        const after = await provider.stake.getStake();
        expect(after.locked).toBe(0n);
        expect(after.operating).toBeGreaterThanOrEqual(before.operating);
        expect((await rival.stake.getStake()).locked).toBe(toNano('0.5'));
        expectConserved(books);
    });

    it('counts for the day even when the Escrow refuses it', async () => {
        await build({ reserve: 0n });
        await bid();
        expect(await provider.stake.getStake()).toMatchObject({ locked: 0n, lockedToday: PRICE });
    });
});

describe.each(['current', 'sandbox'] as const)('the operating balance under %s fees', (fees) => {
    beforeEach(async () => {
        world = await World.create({ fees });
        provider = await world.provider('provider');
        client = await world.client();
        await world.post(client);
    });

    /** What an external message with a body of so many bits costs. */
    function importFee(bits: bigint): bigint {
        const [bit, cell] =
            fees === 'current' ? [4_369_067n, 436_906_667n] : [26_214_400n, 2_621_440_000n];
        return (bits * bit + cell + 65_535n) / 65_536n;
    }

    /** Leaves what an action costs, as the getter tells it, and `off` nano more or less. */
    async function leave(cost: bigint, off: bigint): Promise<void> {
        const { operating, rent } = await provider.stake.getStake();
        const contract = await world.chain.getContract(provider.stake.address);
        contract.balance += rent + cost + off - operating;
        expect((await provider.stake.getStake()).operating).toBe(rent + cost + off);
    }

    it.each(['bid', 'decline'] as const)(
        'pays for a %s at 0 nano, is too low at -1, and the rent stays',
        async (kind) => {
            if (kind !== 'bid') {
                await world.bid(provider, client, { price: PRICE });
                world.wait(2);
                // Charges the rent of these seconds.
                const sender = provider.operator.getSender();
                await provider.stake.send(sender, { value: GENEROUS }, null);
            }
            const act = {
                bid: () => world.bid(provider, client, { price: PRICE }),
                decline: () => world.act(provider, client, { kind: 'decline', jobId: 0 }),
            }[kind];
            const cost = (await world.market.getCosts())[kind];
            // A decline is shorter than the external message that the getter counts.
            const bound = kind === 'decline' ? cost - importFee(816n) + importFee(400n) : cost;
            await leave(bound, -1n);
            expect(await refusalOf(act())).toBe(Number(ErrorOperatingBalanceLow));
            await leave(bound, 0n);
            const before = await viewOf(provider);
            await act();
            const after = await viewOf(provider);
            expect(after.operating).toBeGreaterThanOrEqual(after.rent);
            expect(after).toMatchObject({ reserve: before.reserve, collateral: before.collateral });
            expect(after.seqno).toBe(before.seqno + 1n);
        },
    );
});
