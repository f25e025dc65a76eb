import '@ton/test-utils';
import { toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import {
    ErrorNotBonded,
    ErrorNotEnoughCollateral,
    ErrorOperatingBalanceLow,
} from '../../build/Stake/Stake_Stake';
import { DEVNET_PARAMETERS } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { writeStake } from './stake-state';
import { feesOf, refusalOf } from './trace';
import { GENEROUS, type Provider, UNDRAWN_PARAMETERS, World } from './world';

const WINDOW = DEVNET_PARAMETERS.verification.unbonding;

let world: World;
let provider: Provider;

beforeEach(async () => {
    world = await World.create({ parameters: UNDRAWN_PARAMETERS });
    provider = await world.provider('provider');
});

const unbond = (reserve: bigint, collateral: bigint) =>
    provider.stake.sendUnbond(provider.operator.getSender(), GENEROUS, { reserve, collateral });
const withdraw = (amount: bigint, operating = 0n, value = GENEROUS) =>
    provider.stake.sendWithdraw(provider.operator.getSender(), value, { amount, operating });
const withdrawable = async () => (await provider.stake.getStake()).withdrawable;

function expectExit(trace: SendMessageResult, code: bigint): void {
    expect(trace.transactions).toHaveTransaction({
        on: provider.stake.address,
        exitCode: Number(code),
    });
}

describe('Unbond', () => {
    it('takes what is bonded and not a nano more', async () => {
        const { reserve, collateral } = await provider.stake.getStake();
        expectExit(await unbond(reserve + 1n, 0n), ErrorNotBonded);
        expectExit(await unbond(0n, collateral + 1n), ErrorNotBonded);
        expectExit(await unbond((1n << 64n) - 1n, (1n << 64n) - 1n), ErrorNotBonded);
        await unbond(reserve, collateral);
        expect(await provider.stake.getStake()).toMatchObject({
            reserve: 0n,
            collateral: 0n,
            unbonding: reserve + collateral,
            withdrawable: 0n,
        });
    });

    it('matures after its window, at -1 and 0 seconds', async () => {
        await unbond(toNano('1'), toNano('2'));
        expect((await provider.stake.getStake()).unbondAt).toBe(BigInt(world.now + WINDOW));
        world.wait(WINDOW - 1);
        expect(await withdrawable()).toBe(0n);
        expectExit(await withdraw(1n), ErrorNotBonded);
        world.wait(1);
        expect(await withdrawable()).toBe(toNano('3'));
        expect((await provider.stake.getStake()).unbonding).toBe(0n);
    });

    it('does not mature before the last lock has ended', async () => {
        const last = Math.floor((world.now + 2 * WINDOW) / 60);
        await writeStake(world, provider.stake.address, {
            buckets: new Map([
                [last - 5, 1n],
                [last, 1n],
            ]),
        });
        await unbond(0n, toNano('2'));
        world.chain.now = last * 60 - 1;
        expect(await withdrawable()).toBe(0n);
        world.wait(1);
        expect(await withdrawable()).toBe(toNano('2'));
    });

    it('joins what still waits, and its time starts again for both', async () => {
        await unbond(0n, toNano('1'));
        world.wait(WINDOW - 1);
        await unbond(0n, toNano('2'));
        world.wait(1);
        expect(await withdrawable()).toBe(0n);
        world.wait(WINDOW - 2);
        expect(await withdrawable()).toBe(0n);
        world.wait(1);
        expect(await withdrawable()).toBe(toNano('3'));
    });

    it('leaves money that has matured withdrawable', async () => {
        await unbond(0n, toNano('1'));
        world.wait(WINDOW);
        await unbond(0n, toNano('2'));
        expect(await withdrawable()).toBe(toNano('1'));
        expect((await provider.stake.getStake()).unbonding).toBe(toNano('2'));
        world.wait(WINDOW);
        expect(await withdrawable()).toBe(toNano('3'));
    });

    it('leaves nothing behind a new bid from the same second on', async () => {
        const client = await world.client();
        await world.post(client);
        await unbond(0n, toNano('19.5') + 1n);
        const bid = world.bid(provider, client, { price: toNano('0.5') });
        expect(await refusalOf(bid)).toBe(Number(ErrorNotEnoughCollateral));
    });

    it('tells the Escrow of a smaller reserve at once', async () => {
        const client = await world.client();
        await world.post(client);
        await unbond(toNano('100') - toNano('0.5') * 85n + 1n, 0n);
        await world.bid(provider, client, { price: toNano('0.5') });
        expect(await provider.stake.getStake()).toMatchObject({ locked: 0n, seqno: 1n });
        expect(await client.escrow.getOpenJob(0, world.now)).toMatchObject({ bid: undefined });
    });
});

describe('WithdrawStake', () => {
    it('pays what has matured, once, and not a nano more', async () => {
        await unbond(toNano('5'), toNano('5'));
        world.wait(WINDOW);
        const books = openBooks(world.chain);
        expectExit(await withdraw(toNano('10') + 1n), ErrorNotBonded);
        const before = await provider.operator.getBalance();
        const paid = await withdraw(toNano('10'));
        expect(await provider.operator.getBalance()).toBe(before + toNano('10') - feesOf(paid));
        expectExit(await withdraw(1n), ErrorNotBonded);
        expectConserved(books);
    });

    it('takes of the operating balance all but the rent while anything is bonded', async () => {
        const { operating, rent } = await provider.stake.getStake();
        expectExit(await withdraw(0n, operating - rent + 1n), ErrorOperatingBalanceLow);
        const books = openBooks(world.chain);
        const before = await provider.operator.getBalance();
        const paid = await withdraw(0n, operating - rent);
        expect(await provider.operator.getBalance()).toBe(before + operating - rent - feesOf(paid));
        expect((await provider.stake.getStake()).operating).toBe(rent);
        expectConserved(books);
    });

    it('takes everything, rent and all, when nothing is bonded any more', async () => {
        const { reserve, collateral } = await provider.stake.getStake();
        await unbond(reserve, collateral);
        world.wait(WINDOW);
        const { operating } = await provider.stake.getStake();
        expectExit(await withdraw(reserve, operating), ErrorOperatingBalanceLow);
        const books = openBooks(world.chain);
        await withdraw(reserve + collateral, operating - 1_000_000n);
        const left = await provider.stake.getStake();
        expect(left).toMatchObject({ withdrawable: 0n, reserve: 0n, collateral: 0n });
        expectExit(await withdraw(0n, left.operating + 1n), ErrorOperatingBalanceLow);
        await withdraw(0n, left.operating);
        expect(await world.balance(provider.stake.address)).toBe(0n);
        expectConserved(books);
    });

    it('is not repeated by a message without value', async () => {
        await unbond(toNano('5'), 0n);
        world.wait(WINDOW);
        const trace = await withdraw(toNano('5'), 0n, 100_000n);
        expect(trace.transactions).toHaveTransaction({
            on: provider.stake.address,
            success: false,
        });
        expect(await withdrawable()).toBe(toNano('5'));
    });

    it('refuses amounts beyond 64 bits together', async () => {
        expectExit(await withdraw((1n << 64n) - 1n, (1n << 64n) - 1n), ErrorNotBonded);
        expectExit(await withdraw(0n, (1n << 64n) - 1n), ErrorOperatingBalanceLow);
    });

    it("pays out earnings while the job's lock still stands", async () => {
        const client = await world.client();
        const books = openBooks(world.chain);
        await world.post(client, { terms: { takePrice: toNano('0.5') } });
        await world.bid(provider, client, { price: toNano('0.5') });
        await world.commit(provider, client);
        await world.accept(client);
        expect((await provider.stake.getStake()).locked).toBe(toNano('0.5'));
        const earned = (toNano('0.5') * 99n) / 100n;
        expect(await withdrawable()).toBe(earned);
        const before = await provider.operator.getBalance();
        const paid = await withdraw(earned);
        expect(await provider.operator.getBalance()).toBe(before + earned - feesOf(paid));
        expectConserved(books);
    });

    it('opens again after everything was taken, with the same seqno', async () => {
        const { reserve, collateral } = await provider.stake.getStake();
        await unbond(reserve, collateral);
        world.wait(WINDOW);
        // Rent up to now is charged with the first message.
        await withdraw(0n);
        await withdraw(reserve + collateral, (await provider.stake.getStake()).operating);
        expect(await world.balance(provider.stake.address)).toBe(0n);
        await world.provider('provider');
        expect(await provider.stake.getStake()).toMatchObject({ reserve, collateral, seqno: 0n });
    });
});
