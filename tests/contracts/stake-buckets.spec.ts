import '@ton/test-utils';
import { toNano } from '@ton/core';
import { ErrorNotEnoughCollateral, PenaltyFine, PenaltyLock } from '../../build/Stake/Stake_Stake';
import { accountId } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { readStake, sumOf, writeStake } from './stake-state';
import { refusalOf } from './trace';
import { type Client, GENEROUS, type Provider, World } from './world';

const WIDTH = 60;
const PRICE = toNano('0.5');

let world: World;
let provider: Provider;
let client: Client;
let now: number;

beforeEach(async () => {
    world = await World.create();
    world.chain.now = Math.ceil(world.now / WIDTH) * WIDTH;
    now = world.now / WIDTH;
    provider = await world.provider('provider');
    client = await world.client();
    await world.post(client, { terms: { bidWindowSeconds: 60 } });
});

const stateOf = () => readStake(world, provider.stake.address);
const bid = (change: { lock?: bigint; lockUntil?: number; jobId?: number; price?: bigint } = {}) =>
    world.bid(provider, client, { price: PRICE, ...change });
const setBuckets = (entries: [number, bigint][]) =>
    writeStake(world, provider.stake.address, { buckets: new Map(entries) });

describe('a lock', () => {
    it.each([
        [-1, 30],
        [0, 30],
        [1, 31],
    ])(
        'with %i seconds after a boundary ends with the bucket in which it ends',
        async (off, bucket) => {
            await bid({ lockUntil: (now + 30) * WIDTH + off });
            expect((await stateOf()).buckets).toEqual(new Map([[now + bucket, PRICE]]));
        },
    );

    it('joins others in its bucket', async () => {
        await world.post(client, { jobId: 1 });
        const lockUntil = (now + 30) * WIDTH;
        await bid({ lockUntil });
        await bid({ lockUntil: lockUntil - 59, jobId: 1, lock: toNano('0.7') });
        expect((await stateOf()).buckets).toEqual(new Map([[now + 30, toNano('1.2')]]));
    });

    it('that no message ever freed is free again once its bucket has ended', async () => {
        await provider.stake.sendUnbond(provider.operator.getSender(), GENEROUS, {
            reserve: 0n,
            collateral: toNano('20') - PRICE,
        });
        await setBuckets([[now + 1, PRICE]]);
        world.wait(WIDTH - 1);
        await world.post(client, { jobId: 1 });
        expect(await refusalOf(bid({ jobId: 1 }))).toBe(Number(ErrorNotEnoughCollateral));
        world.wait(1);
        const books = openBooks(world.chain);
        await bid({ jobId: 1 });
        const { locked, buckets } = await stateOf();
        expect(locked).toBe(PRICE);
        expect(buckets.size).toBe(1);
        expect(await client.escrow.getOpenJob(1, world.now)).toMatchObject({
            bid: { price: PRICE },
        });
        expectConserved(books);
    });
});

describe('a bid', () => {
    it('drops the two oldest buckets that have ended', async () => {
        await setBuckets([
            [now - 9, 1n],
            [now - 5, 2n],
            [now, 4n],
            [now + 20, 8n],
        ]);
        await bid({ lockUntil: (now + 20) * WIDTH });
        expect((await stateOf()).buckets).toEqual(
            new Map([
                [now, 4n],
                [now + 20, 8n + PRICE],
            ]),
        );
        expect((await stateOf()).locked).toBe(12n + PRICE);
    });

    it('drops all of them when the last has ended', async () => {
        await setBuckets([1, 2, 3, 4, 5].map((ago) => [now - ago, toNano('4')]));
        await bid({ lockUntil: (now + 20) * WIDTH });
        expect((await stateOf()).buckets).toEqual(new Map([[now + 20, PRICE]]));
        expect((await stateOf()).locked).toBe(PRICE);
    });

    it('that finds too little even then is not sent, counts for nothing, and cannot be repeated', async () => {
        await setBuckets([
            [now - 1, 1n],
            [now + 20, toNano('20') - PRICE + 1n],
        ]);
        const signed = await world.sign(provider, client, {
            kind: 'bid',
            jobId: 0,
            lock: PRICE,
            lockUntil: (now + 30) * WIDTH,
            price: PRICE,
            commitment: 1n,
        });
        const trace = await provider.stake.sendNodeAction(signed);
        expect(trace.transactions).not.toHaveTransaction({ from: provider.stake.address });
        expect(await stateOf()).toMatchObject({
            lockedToday: 0n,
            seqno: 1,
            locked: toNano('20') - PRICE + 1n,
        });
        expect(await refusalOf(provider.stake.sendNodeAction(signed))).toBe(380);
    });
});

describe('the buckets', () => {
    it('are 64 at most, whatever happens, and add up to what is locked', async () => {
        // A fixed sequence of pseudo-random numbers, so that a failure repeats itself.
        let state = 20_260_429;
        const random = (below: number) => {
            state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
            return (state >>> 8) % below;
        };
        const open: { lock: bigint; lockUntil: number }[] = [];
        const escrow = world.chain.sender(client.escrow.address);
        const books = openBooks(world.chain);
        let largest = 0;
        for (let step = 0; step < 200; step++) {
            if (step % 40 === 39) world.wait(WIDTH * (5 + random(60)));
            const act = step % 40 < 26 ? 0 : 1 + random(3);
            const job = open[random(open.length || 1)];
            if (act === 0 || job === undefined) {
                // The node bids; that its words reach no job does not matter: the lock is put back.
                const lock = BigInt(1 + random(1_000_000));
                const lockUntil = world.now + WIDTH * (1 + ((step * 7) % 62));
                const before = await stateOf();
                await world.act(provider, client, {
                    kind: 'bid',
                    jobId: 77,
                    lock,
                    lockUntil,
                    price: 1n,
                    commitment: 0n,
                });
                const after = await stateOf();
                const bucket = Math.ceil(lockUntil / WIDTH);
                const buckets = new Map(after.buckets).set(
                    bucket,
                    (after.buckets.get(bucket) ?? 0n) + lock,
                );
                expect(after.locked).toBeLessThanOrEqual(before.locked);
                await writeStake(world, provider.stake.address, { buckets });
                open.push({ lock, lockUntil });
            } else {
                const common = {
                    jobId: 0n,
                    client: accountId(client.wallet.address),
                    index: 0n,
                    lock: job.lock,
                    lockUntil: BigInt(job.lockUntil),
                };
                await provider.stake.send(
                    escrow,
                    { value: GENEROUS },
                    act === 1
                        ? { $$type: 'Release', ...common }
                        : {
                              $$type: 'Penalize',
                              ...common,
                              kind: act === 2 ? PenaltyLock : PenaltyFine,
                              fine: 1000n,
                              compensation: 5n,
                              catcher: 0n,
                              reward: 0n,
                          },
                );
                open.splice(open.indexOf(job), 1);
            }
            const { locked, buckets, collateral } = await stateOf();
            expect(locked).toBe(sumOf(buckets));
            expect(locked).toBeLessThanOrEqual(collateral);
            largest = Math.max(largest, buckets.size);
        }
        expect(largest).toBeGreaterThan(20);
        expect(largest).toBeLessThanOrEqual(64);
        expectConserved(books);
    });
});
