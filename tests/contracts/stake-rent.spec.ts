import '@ton/test-utils';
import { beginCell, toNano } from '@ton/core';
import { ErrorNotBonded, ErrorOperatingBalanceLow } from '../../build/Stake/Stake_Stake';
import { expectConserved, openBooks } from './conservation';
import { readStake, viewOf } from './stake-state';
import { refusalOf } from './trace';
import { type Client, GENEROUS, type Provider, World } from './world';

const YEAR = 365 * 86_400;

let world: World;
let provider: Provider;
let client: Client;

/** A Stake that keeps no more than its rent, at the dearer of the two price tables. */
beforeEach(async () => {
    world = await World.create({ fees: 'sandbox' });
    provider = await world.provider('provider');
    client = await world.client();
    const { operating, rent } = await provider.stake.getStake();
    await provider.stake.sendWithdraw(provider.operator.getSender(), GENEROUS, {
        amount: 0n,
        operating: operating - rent,
    });
});

const topUp = (value: bigint) =>
    provider.stake.send(provider.operator.getSender(), { value }, null);

describe('a Stake whose operating balance has run out', () => {
    it('keeps its rent for two years at its largest size', async () => {
        world.wait(2 * YEAR);
        await topUp(GENEROUS);
        const { operating } = await provider.stake.getStake();
        expect(operating).toBeGreaterThan(GENEROUS - toNano('0.01'));
    });

    it('refuses its node, and takes it back once it is topped up', async () => {
        expect(await refusalOf(world.act(provider, client, { kind: 'decline', jobId: 0 }))).toBe(
            Number(ErrorOperatingBalanceLow),
        );
        await topUp(GENEROUS);
        await world.act(provider, client, { kind: 'decline', jobId: 0 });
        expect((await provider.stake.getStake()).seqno).toBe(1n);
    });

    it('owes its principal what rent has eaten of it; a gift makes it whole for withdrawal', async () => {
        const { reserve, collateral } = await provider.stake.getStake();
        world.wait(30 * YEAR);
        await provider.stake.sendUnbond(provider.operator.getSender(), toNano('0.01'), {
            reserve,
            collateral,
        });
        world.wait(1200);
        const view = await provider.stake.getStake();
        expect(view.withdrawable).toBe(reserve + collateral);
        expect(view.operating).toBeLessThan(0n);
        const withdraw = () =>
            provider.stake.sendWithdraw(provider.operator.getSender(), GENEROUS, {
                amount: reserve + collateral,
                operating: 0n,
            });
        const refused = await withdraw();
        expect(refused.transactions).toHaveTransaction({
            on: provider.stake.address,
            success: false,
        });
        expect((await provider.stake.getStake()).withdrawable).toBe(reserve + collateral);
        await topUp(toNano('3'));
        const books = openBooks(world.chain);
        await withdraw();
        expect(await readStake(world, provider.stake.address)).toMatchObject({ principal: 0n });
        expectConserved(books);
    });

    it('is frozen with nothing left, and thaws with its whole state and a gift', async () => {
        const { reserve, collateral } = await provider.stake.getStake();
        const sender = provider.operator.getSender();
        await provider.stake.sendUnbond(sender, GENEROUS, { reserve, collateral });
        world.wait(1200);
        await topUp(GENEROUS);
        await provider.stake.sendWithdraw(sender, GENEROUS, {
            amount: reserve + collateral,
            operating: 0n,
        });
        await provider.stake.sendWithdraw(sender, GENEROUS, {
            amount: 0n,
            operating: (await provider.stake.getStake()).operating,
        });
        expect(await world.balance(provider.stake.address)).toBe(0n);
        const before = await viewOf(provider);
        const account = await world.chain.getContract(provider.stake.address);
        const state = account.accountState;
        if (state?.type !== 'active' || !state.state.code || !state.state.data) {
            throw new Error('The Stake is not active.');
        }
        const init = { code: state.state.code, data: state.state.data };
        // Who owes more than a GRAM is deleted.
        world.wait(8 * YEAR);
        await topUp(1_000_000n);
        expect((await world.chain.getContract(provider.stake.address)).accountState?.type).toBe(
            'frozen',
        );

        await provider.operator.send({
            to: provider.stake.address,
            value: toNano('9'),
            init,
            body: beginCell().endCell(),
        });
        const after = await viewOf(provider);
        expect(after).toEqual({ ...before, operating: after.operating });
        const taken = await provider.stake.sendWithdraw(sender, GENEROUS, {
            amount: 1n,
            operating: 0n,
        });
        expect(taken.transactions).toHaveTransaction({ exitCode: Number(ErrorNotBonded) });
        // The rent that was owed while frozen was charged with that message.
        const { operating } = await provider.stake.getStake();
        await provider.stake.sendWithdraw(sender, GENEROUS, { amount: 0n, operating });
        expect(await world.balance(provider.stake.address)).toBe(0n);
    });
});
