import '@ton/test-utils';
import { Address, beginCell, Cell, toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import {
    ErrorNotBasechain,
    ErrorNotEscrow,
    loadBurnt,
    PenaltyLock,
    storeReward,
    storeSettle,
} from '../../build/Stake/Stake_Stake';
import { accountId, escrowInit, marketInit } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { speakFor } from './escrow-scenes';
import { readStake, viewOf, writeStake } from './stake-state';
import { feesOf, logsOf, transactionOn } from './trace';
import { type Client, GENEROUS, NETWORK, type Provider, World } from './world';

type StakeMessage = Parameters<Provider['stake']['send']>[2];

const LOCK = toNano('2');
const NOBODY = new Address(0, Buffer.alloc(32));

let world: World;
let provider: Provider;
let client: Client;
let bucket: number;

/** A Stake with a lock of 2 GRAM for the client's job 0, ten buckets from now. */
beforeEach(async () => {
    world = await World.create();
    provider = await world.provider('provider');
    client = await world.client();
    bucket = Math.floor(world.now / 60) + 10;
    await writeStake(world, provider.stake.address, { buckets: new Map([[bucket, LOCK]]) });
});

const of = (lock = LOCK) =>
    ({
        jobId: 0n,
        client: accountId(client.wallet.address),
        index: 0n,
        lock,
        lockUntil: BigInt(bucket * 60),
    }) as const;
const release = (lock = LOCK) => ({ $$type: 'Release', ...of(lock) }) as const;
const penalize = (compensation: bigint, lock = LOCK) =>
    ({
        $$type: 'Penalize',
        ...of(lock),
        kind: PenaltyLock,
        fine: 0n,
        compensation,
        catcher: 0n,
        reward: 0n,
    }) as const;
const owner = () => ({ client: accountId(client.wallet.address), index: 0n }) as const;
const settleChecked = (credit: bigint) =>
    ({
        $$type: 'SettleChecked',
        jobId: 0n,
        outcome: 7n,
        paid: 0n,
        ...owner(),
        credit,
    }) as const;

function tell(message: StakeMessage, from = client.escrow.address): Promise<SendMessageResult> {
    const options = { value: GENEROUS, bounce: true };
    return provider.stake.send(world.chain.sender(from), options, message);
}

const stateOf = () => readStake(world, provider.stake.address);

describe.each<[string, () => StakeMessage]>([
    ['Release', () => release()],
    ['SettleChecked', () => settleChecked(1000n)],
    ['Hold', () => ({ $$type: 'Hold', jobId: 0n, ...owner(), heldUntil: 0xffff_ffffn })],
    ['HoldEnded', () => ({ $$type: 'HoldEnded', jobId: 0n, ...owner() })],
    ['Penalize', () => penalize(LOCK)],
    ['Penalize, a conviction', () => ({ ...penalize(LOCK), kind: 3n })],
])('%s', (_, message) => {
    it('is refused from a wallet, the operator, the Market, its owner and another Stake', async () => {
        const before = await viewOf(provider);
        const twin = await world.provider('twin');
        for (const { address } of [
            client.wallet,
            provider.operator,
            world.market,
            world.owner,
            twin.stake,
        ]) {
            expect((await tell(message(), address)).transactions).toHaveTransaction({
                on: provider.stake.address,
                exitCode: Number(ErrorNotEscrow),
            });
        }
        expect(await viewOf(provider)).toEqual(before);
    });

    it('is refused from the Escrow of another client, another index, another Market', async () => {
        const other = await world.client('other');
        const second = escrowInit(world.deployment, client.wallet.address, 1);
        const market = marketInit(
            { owner: NOBODY, network: NETWORK, timelockSeconds: 1, parameters: world.parameters },
            world.deployment.code,
        );
        const foreign = escrowInit(
            { ...world.deployment, market: market.address },
            client.wallet.address,
        );
        for (const { address } of [other.escrow, second, foreign]) {
            expect((await tell(message(), address)).transactions).toHaveTransaction({
                on: provider.stake.address,
                exitCode: Number(ErrorNotEscrow),
            });
        }
        const master = new Address(-1, client.escrow.address.hash);
        expect((await tell(message(), master)).transactions).toHaveTransaction({
            on: provider.stake.address,
            exitCode: Number(ErrorNotBasechain),
        });
        expect((await provider.stake.getStake()).locked).toBe(LOCK);
    });
});

describe('Release', () => {
    it('frees a lock at once, and never more than stands', async () => {
        await tell(release(toNano('0.5')));
        expect((await stateOf()).buckets).toEqual(new Map([[bucket, toNano('1.5')]]));
        await tell(release());
        expect(await stateOf()).toMatchObject({ locked: 0n, collateral: toNano('20') });
        expect((await stateOf()).buckets.size).toBe(0);
        await tell(release());
        expect(await stateOf()).toMatchObject({ locked: 0n });
    });
});

describe.each(['current', 'sandbox'] as const)('what anyone may give, %s fees', (fees) => {
    beforeEach(async () => {
        world = await World.create({ fees });
        provider = await world.provider('provider');
        client = await world.client();
    });

    const words = (bond: bigint) =>
        [
            [
                'Settle',
                beginCell().store(
                    storeSettle({
                        $$type: 'Settle',
                        jobId: 0n,
                        outcome: 1n,
                        paid: GENEROUS,
                        draw: 1n,
                    }),
                ),
            ],
            [
                'Reward',
                beginCell().store(storeReward({ $$type: 'Reward', jobId: 0n, bond, reason: 1n })),
            ],
        ] as const;

    it.each([1n, 1_000n, 500_000n, 5_000_000n, toNano('0.3'), toNano('1000')])(
        'of %i nano never makes the principal more than what came, less gas',
        async (value) => {
            for (const [, body] of words(0n)) {
                const books = openBooks(world.chain);
                const state = await stateOf();
                const balance = await world.balance(provider.stake.address);
                const trace = await client.wallet.send({
                    to: provider.stake.address,
                    value,
                    body: body.endCell(),
                });
                const credited = (await stateOf()).principal - state.principal;
                const arrived = (await world.balance(provider.stake.address)) - balance;
                expect(credited).toBeGreaterThanOrEqual(0n);
                // The operating balance is what is left, and never shrinks by a gift.
                expect(credited).toBeLessThanOrEqual(arrived);
                expect(credited).toBeGreaterThanOrEqual(value - feesOf(trace) - toNano('0.005'));
                expectConserved(books);
            }
        },
    );

    it('changes nothing else, in whatever number and from whomever', async () => {
        const before = await viewOf(provider);
        const state = await stateOf();
        for (const { address } of [client.wallet, provider.operator, world.market, client.escrow]) {
            for (const [, body] of words(0n)) {
                await speakFor(world, address, provider.stake.address, body.endCell());
            }
        }
        const after = await viewOf(provider);
        expect(after.withdrawable).toBeGreaterThan(before.withdrawable + toNano('7.9'));
        expect({ ...after, withdrawable: 0n, operating: 0n }).toEqual({
            ...before,
            withdrawable: 0n,
            operating: 0n,
        });
        expect(after.operating).toBeGreaterThanOrEqual(before.operating);
        expect((await stateOf()).settings).toBe(state.settings);
    });

    it('a bond that comes back is operating balance; one that did not come is none', async () => {
        const before = await provider.stake.getStake();
        const state = await stateOf();
        for (const bond of [toNano('0.4'), toNano('5'), (1n << 64n) - 1n]) {
            const body = words(bond)[1][1].endCell();
            await client.wallet.send({ to: provider.stake.address, value: toNano('0.5'), body });
        }
        const earned = (await stateOf()).principal - state.principal;
        expect(earned).toBeLessThan(toNano('0.1'));
        expect(earned).toBeGreaterThan(toNano('0.09'));
        const after = await provider.stake.getStake();
        expect(after.operating).toBeGreaterThan(before.operating + toNano('1.39'));
        expect(after.operating).toBeLessThan(before.operating + toNano('1.41'));
    });
});

describe('SettleChecked', () => {
    it('pays, counts for the record, and leaves the lock where it is', async () => {
        const books = openBooks(world.chain);
        const before = await provider.stake.getStake();
        await tell(settleChecked(700n));
        const after = await provider.stake.getStake();
        expect(after.record).toBe(700n);
        expect(after.checkRate).toBe((10_000n * 5_000n) / 5_700n);
        expect(after.withdrawable - before.withdrawable).toBeGreaterThan(toNano('0.99'));
        expect(after.operating).toBeGreaterThanOrEqual(before.operating);
        expect((await stateOf()).buckets).toEqual(new Map([[bucket, LOCK]]));
        expectConserved(books);
    });

    it('without credit pays all the same', async () => {
        await tell(settleChecked(0n));
        const { record, withdrawable } = await provider.stake.getStake();
        expect(record).toBe(0n);
        expect(withdrawable).toBeGreaterThan(toNano('0.99'));
    });
});

describe('Penalize, for what was not delivered,', () => {
    it('pays the client what is asked, and burns and logs the rest', async () => {
        const books = openBooks(world.chain);
        const before = await client.wallet.getBalance();
        const trace = await tell(penalize(toNano('0.3')));
        const [log] = logsOf(trace, provider.stake.address);
        expect(log && loadBurnt(log.beginParse())).toMatchObject({
            jobId: 0n,
            amount: toNano('1.7'),
        });
        expect(trace.transactions).toHaveTransaction({
            from: provider.stake.address,
            to: NOBODY,
            value: toNano('1.7'),
        });
        const { totalFees } = transactionOn(trace, client.wallet.address);
        expect(await client.wallet.getBalance()).toBe(before + toNano('0.3') - totalFees.coins);
        expect(await stateOf()).toMatchObject({
            locked: 0n,
            collateral: toNano('18'),
            principal: toNano('118'),
        });
        expectConserved(books);
    });

    it('pays the client never more than the lock, and then burns nothing', async () => {
        const trace = await tell(penalize((1n << 64n) - 1n));
        expect(logsOf(trace, provider.stake.address)).toHaveLength(0);
        expect(trace.transactions).toHaveTransaction({ to: client.wallet.address, value: LOCK });
        expect(trace.transactions).not.toHaveTransaction({ to: NOBODY });
    });

    it('burns all of it when the client asks nothing', async () => {
        const trace = await tell(penalize(0n));
        expect(trace.transactions).not.toHaveTransaction({ to: client.wallet.address });
        expect(trace.transactions).toHaveTransaction({ to: NOBODY, value: LOCK });
    });

    it('takes a lock once: a repetition takes nothing', async () => {
        await tell(penalize(LOCK));
        const before = await stateOf();
        const trace = await tell(penalize(LOCK));
        expect(trace.transactions).not.toHaveTransaction({ from: provider.stake.address });
        expect(await stateOf()).toMatchObject({ principal: before.principal, locked: 0n });
    });

    it('reaches collateral that unbonds, bonded collateral first', async () => {
        await provider.stake.sendUnbond(provider.operator.getSender(), GENEROUS, {
            reserve: 0n,
            collateral: toNano('19.5'),
        });
        await tell(penalize(0n));
        expect(await provider.stake.getStake()).toMatchObject({
            collateral: 0n,
            unbonding: toNano('18'),
            reserve: toNano('100'),
            withdrawable: 0n,
        });
    });

    it('takes nothing once the lock has ended, whether or not its bucket was dropped', async () => {
        world.chain.now = bucket * 60 - 1;
        const snapshot = world.chain.snapshot();
        await tell(penalize(0n));
        expect((await stateOf()).collateral).toBe(toNano('18'));
        await world.chain.loadFrom(snapshot);
        world.wait(1);
        await tell(penalize(0n));
        expect((await stateOf()).collateral).toBe(toNano('20'));
        await writeStake(world, provider.stake.address, { buckets: new Map() });
        await tell(penalize(0n));
        expect(await stateOf()).toMatchObject({
            collateral: toNano('20'),
            principal: toNano('120'),
        });
    });

    it.each(['current', 'sandbox'] as const)(
        'follows a broken promise, and costs neither Stake nor Escrow their rent (%s fees)',
        async (fees) => {
            world = await World.create({ fees });
            provider = await world.provider('provider');
            client = await world.client();
            const books = openBooks(world.chain);
            await world.post(client);
            await world.bid(provider, client, { price: toNano('0.5') });
            world.wait(62);
            // Charges the rent of these seconds.
            await provider.stake.send(provider.operator.getSender(), { value: GENEROUS }, null);
            const before = await provider.stake.getStake();
            const trace = await client.escrow.sendTick(0);
            const [log] = logsOf(trace, provider.stake.address);
            const burnt = loadBurnt((log ?? Cell.EMPTY).beginParse()).amount;
            const compensation = before.collateral - (await stateOf()).collateral - burnt;
            const { post } = await world.market.getCosts();
            expect(compensation).toBeGreaterThan(toNano('0.05'));
            expect(compensation).toBeLessThan(toNano('0.05') + post);
            const after = await provider.stake.getStake();
            expect(after).toMatchObject({ locked: 0n, collateral: toNano('19.5') });
            expect(after.operating).toBeGreaterThanOrEqual(before.operating);
            expectConserved(books);
        },
    );
});
