import '@ton/test-utils';
import { beginCell, Cell, toNano } from '@ton/core';
import {
    ErrorEndpointTooLong,
    ErrorNotBasechain,
    ErrorTooLittleValue,
    storeOpenStake,
} from '../../build/Market/Market_Market';
import { DEVNET_PARAMETERS, Stake } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { readStake, writeStake } from './stake-state';
import { feesOf } from './trace';
import { GENEROUS, NETWORK, World } from './world';

const OPENING = {
    nodeKey: Buffer.alloc(32, 7),
    dailyLimit: 5n,
    reserve: toNano('3'),
    collateral: toNano('2'),
    endpoint: 'http://127.0.0.1:1/node',
};

describe('OpenStake', () => {
    it("opens the sender's Stake where wrapper and getter expect it", async () => {
        const { market, chain, deployment } = await World.create();
        const books = openBooks(chain);
        const operator = await chain.treasury('operator');
        const { openStake, stakeRent } = await market.getCosts();
        const value = OPENING.reserve + OPENING.collateral + openStake;
        await market.sendOpenStake(operator.getSender(), value, OPENING);
        const stake = chain.openContract(Stake.ofOperator(deployment, operator.address));
        expect(await market.getStakeAddress(operator.address)).toEqualAddress(stake.address);
        const view = await stake.getStake();
        expect(view.operator).toEqualAddress(operator.address);
        expect(view.market).toEqualAddress(market.address);
        expect(view).toMatchObject({
            network: BigInt(NETWORK),
            nodeKey: BigInt(`0x${'07'.repeat(32)}`),
            reserve: OPENING.reserve,
            collateral: OPENING.collateral,
            dailyLimit: 5n,
            bucket: BigInt(DEVNET_PARAMETERS.verification.bucket),
            unbondingWindow: BigInt(DEVNET_PARAMETERS.verification.unbonding),
            withdrawable: 0n,
            locked: 0n,
            paused: false,
        });
        expect(view.operating).toBeGreaterThanOrEqual(stakeRent);
        expect(await stake.getEndpointUrl()).toBe(OPENING.endpoint);
        expectConserved(books);
    });

    it('tops up an open Stake and takes the new key, limit and endpoint', async () => {
        const world = await World.create();
        const { stake, operator } = await world.provider('operator');
        const before = await stake.getStake();
        const { openStake } = await world.market.getCosts();
        await world.market.sendOpenStake(operator.getSender(), toNano('5') + openStake, OPENING);
        const after = await stake.getStake();
        expect(after.reserve).toBe(before.reserve + OPENING.reserve);
        expect(after.collateral).toBe(before.collateral + OPENING.collateral);
        expect(after.operating).toBeGreaterThanOrEqual(before.operating);
        expect(after.dailyLimit).toBe(5n);
        expect(after.nodeKey).toBe(BigInt(`0x${'07'.repeat(32)}`));
        expect(after.seqno).toBe(before.seqno);
    });

    /** Applies a bucket and an unbonding window, and lets the operator refresh its Stake. */
    async function refresh(world: World, bucket: number, unbonding: number): Promise<void> {
        const owner = world.owner.getSender();
        const { version } = await world.market.getMarketParameters();
        const verification = { ...DEVNET_PARAMETERS.verification, bucket, unbonding };
        await world.market.sendProposeParameters(owner, GENEROUS, {
            ...DEVNET_PARAMETERS,
            version: version + 1,
            verification,
        });
        await world.market.sendApplyParameters(owner, GENEROUS);
        const operator = await world.chain.treasury('operator');
        await world.market.sendOpenStake(operator.getSender(), GENEROUS, {
            ...OPENING,
            reserve: 0n,
            collateral: 0n,
        });
    }

    it('brings new windows to a Stake without locks, and not before the operator asks', async () => {
        const world = await World.create({ timelockSeconds: 0 });
        const { stake } = await world.provider('operator');
        await refresh(world, 120, 2400);
        expect(await stake.getStake()).toMatchObject({ bucket: 120n, unbondingWindow: 2400n });
    });

    it.each([
        ['wider', 86_400],
        ['narrower', 59],
    ])('keeps the width of buckets in use when a %s one is in force', async (_, bucket) => {
        const world = await World.create({ timelockSeconds: 0 });
        const { stake, operator } = await world.provider('operator');
        const last = Math.floor(world.now / 60) + 20;
        const buckets = new Map([
            [last - 30, 1n],
            [last, toNano('1')],
        ]);
        await writeStake(world, stake.address, { buckets });
        await refresh(world, bucket, 2400);
        expect(await stake.getStake()).toMatchObject({ bucket: 60n, unbondingWindow: 2400n });
        expect((await readStake(world, stake.address)).buckets).toEqual(buckets);
        await stake.sendUnbond(operator.getSender(), GENEROUS, { reserve: 1n, collateral: 1n });
        expect((await stake.getStake()).unbondAt).toBe(BigInt(world.now + 2400));

        world.chain.now = last * 60 - 1;
        await refresh(world, bucket, 2400);
        expect((await stake.getStake()).bucket).toBe(60n);
        world.wait(1);
        await refresh(world, bucket, 2400);
        expect(await stake.getStake()).toMatchObject({ bucket: BigInt(bucket), locked: 0n });
        expect((await readStake(world, stake.address)).buckets.size).toBe(0);
    });

    it.each(['current', 'sandbox'] as const)(
        'needs its whole value, at -1 and 0 nano (%s fees)',
        async (fees) => {
            const { market, chain, deployment } = await World.create({ fees });
            const operator = await chain.treasury('operator');
            const { openStake, stakeRent } = await market.getCosts();
            const least = OPENING.reserve + OPENING.collateral + openStake;
            const before = await operator.getBalance();
            const refused = await market.sendOpenStake(operator.getSender(), least - 1n, OPENING);
            expect(refused.transactions).toHaveTransaction({
                on: market.address,
                exitCode: Number(ErrorTooLittleValue),
            });
            expect(await operator.getBalance()).toBe(before - feesOf(refused));
            await market.sendOpenStake(operator.getSender(), least, OPENING);
            const stake = chain.openContract(Stake.ofOperator(deployment, operator.address));
            const view = await stake.getStake();
            expect(view.collateral).toBe(OPENING.collateral);
            expect(view.operating).toBeGreaterThanOrEqual(stakeRent);
        },
    );

    it('refuses amounts that the value does not cover, however large', async () => {
        const { market, chain, deployment } = await World.create();
        const operator = await chain.treasury('operator');
        const huge = (1n << 64n) - 1n;
        const trace = await market.sendOpenStake(operator.getSender(), toNano('10'), {
            ...OPENING,
            reserve: huge,
            collateral: huge,
        });
        expect(trace.transactions).toHaveTransaction({
            on: market.address,
            exitCode: Number(ErrorTooLittleValue),
        });
        const { address } = Stake.ofOperator(deployment, operator.address);
        expect((await chain.getContract(address)).accountState?.type).not.toBe('active');
    });

    it('refuses a sender in the masterchain', async () => {
        const { market, chain } = await World.create();
        const operator = await chain.treasury('master', { workchain: -1 });
        const trace = await market.sendOpenStake(operator.getSender(), toNano('10'), OPENING);
        expect(trace.transactions).toHaveTransaction({
            on: market.address,
            exitCode: Number(ErrorNotBasechain),
        });
    });

    it('refuses an endpoint of more than one cell, whose way and rent nobody paid', async () => {
        const { market, chain } = await World.create();
        const operator = await chain.treasury('operator');
        const endpoint = beginCell().storeUint(1, 8).storeRef(Cell.EMPTY).endCell();
        const body = beginCell()
            .store(storeOpenStake({ $$type: 'OpenStake', ...OPENING, nodeKey: 1n, endpoint }))
            .endCell();
        const trace = await operator.send({ to: market.address, value: toNano('10'), body });
        expect(trace.transactions).toHaveTransaction({
            on: market.address,
            exitCode: Number(ErrorEndpointTooLong),
        });
    });
});
