import '@ton/test-utils';
import { beginCell, Cell, toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import {
    ErrorEndpointTooLong,
    ErrorNotBasechain,
    ErrorNotMarket,
    ErrorNotOpened,
    ErrorNotOwner,
    ErrorTooLittleValue,
    Stake as GeneratedStake,
} from '../../build/Stake/Stake_Stake';
import { accountId, Stake, stakeInit } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { viewOf } from './stake-state';
import { feesOf, refusalOf } from './trace';
import { GENEROUS, NETWORK, type Provider, World } from './world';

type StakeMessage = Parameters<Provider['stake']['send']>[2];

const op = GeneratedStake.opcodes;
const OPENED = {
    $$type: 'StakeOpened',
    network: BigInt(NETWORK),
    bucket: 60n,
    unbonding: 1n,
    trial: 5n,
    nodeKey: 1n,
    escrowCodeHash: 1n,
    escrowCodeDepth: 1n,
    dailyLimit: 1n,
    reserve: toNano('9'),
    collateral: toNano('9'),
    endpoint: null,
} as const;
const OWNERS: readonly StakeMessage[] = [
    { $$type: 'Deposit', reserve: 1n, collateral: 1n },
    { $$type: 'Unbond', reserve: 1n, collateral: 1n },
    { $$type: 'WithdrawStake', amount: 0n, operating: 1n },
    { $$type: 'SetNode', nodeKey: 1n, endpoint: null },
    { $$type: 'SetLimits', dailyLimit: 1n, paused: true },
];

let world: World;
let provider: Provider;

beforeEach(async () => {
    world = await World.create();
    provider = await world.provider('provider');
});

function expectExit(trace: SendMessageResult, code: bigint): void {
    expect(trace.transactions).toHaveTransaction({
        on: provider.stake.address,
        exitCode: Number(code),
    });
}

describe('StakeOpened', () => {
    it("is refused from anyone but the Stake's Market, the operator included", async () => {
        const stranger = await world.chain.treasury('stranger');
        const other = await World.create({ timelockSeconds: 1 });
        const before = await viewOf(provider);
        for (const from of [stranger, provider.operator, other.market, world.owner]) {
            const sender = world.chain.sender(from.address);
            expectExit(
                await provider.stake.send(sender, { value: GENEROUS }, OPENED),
                ErrorNotMarket,
            );
        }
        expect(await viewOf(provider)).toEqual(before);
    });

    it('opens a Stake that a stranger deployed, which is closed to everyone until then', async () => {
        const operator = await world.chain.treasury('late');
        const stranger = await world.chain.treasury('stranger');
        const { address, init } = stakeInit(world.deployment, operator.address);
        const stake = world.chain.openContract(new Stake(address, init));
        const books = openBooks(world.chain);
        await stake.send(stranger.getSender(), { value: GENEROUS }, null);
        for (const message of OWNERS) {
            const trace = await stake.send(operator.getSender(), { value: GENEROUS }, message);
            expect(trace.transactions).toHaveTransaction({
                on: address,
                exitCode: Number(ErrorNotOpened),
            });
        }
        const action = await world.sign({ ...provider, stake }, await world.client(), {
            kind: 'decline',
            jobId: 0,
        });
        // It has no settings to read a key from.
        expect(await refusalOf(stake.sendNodeAction(action))).toBe(7);
        await world.provider('late');
        expect(await stake.getStake()).toMatchObject({ collateral: toNano('20'), seqno: 0n });
        expectConserved(books);
    });
});

describe('what only the operator may say', () => {
    it.each(OWNERS.map((message) => [message?.$$type, message] as const))(
        '%s is refused from a stranger, the Market, its owner and the masterchain',
        async (_, message) => {
            const stranger = await world.chain.treasury('stranger');
            const master = await world.chain.treasury('master', { workchain: -1 });
            const before = await viewOf(provider);
            for (const { address } of [stranger, world.market, world.owner]) {
                const sender = world.chain.sender(address);
                const trace = await provider.stake.send(sender, { value: GENEROUS }, message);
                expectExit(trace, ErrorNotOwner);
            }
            const trace = await provider.stake.send(
                master.getSender(),
                { value: GENEROUS },
                message,
            );
            expectExit(trace, ErrorNotBasechain);
            expect(await viewOf(provider)).toEqual(before);
        },
    );

    it.each(OWNERS.map((message) => [message?.$$type, message] as const))(
        '%s changes nothing when its value does not pay for its gas',
        async (_, message) => {
            const before = await viewOf(provider);
            const trace = await provider.stake.send(
                provider.operator.getSender(),
                { value: 120_000n },
                message,
            );
            expect(trace.transactions).toHaveTransaction({
                on: provider.stake.address,
                success: false,
            });
            const after = await viewOf(provider);
            expect(after).toEqual({ ...before, operating: after.operating });
            expect(after.operating).toBeGreaterThanOrEqual(before.operating);
        },
    );
});

describe('Deposit', () => {
    it.each(['current', 'sandbox'] as const)(
        'needs its whole value, at -1 and 0 nano (%s fees)',
        async (fees) => {
            world = await World.create({ fees });
            provider = await world.provider('provider');
            const { stakeOwner } = await world.market.getCosts();
            const bonds = { reserve: toNano('3'), collateral: toNano('4') };
            const before = await viewOf(provider);
            const sender = provider.operator.getSender();
            const least = toNano('7') + stakeOwner;
            const wallet = await provider.operator.getBalance();
            const refused = await provider.stake.sendDeposit(sender, least - 1n, bonds);
            expectExit(refused, ErrorTooLittleValue);
            expect(await provider.operator.getBalance()).toBe(wallet - feesOf(refused));
            expect(await viewOf(provider)).toEqual(before);
            await provider.stake.sendDeposit(sender, least, bonds);
            const after = await viewOf(provider);
            expect(after.reserve).toBe(before.reserve + bonds.reserve);
            expect(after.collateral).toBe(before.collateral + bonds.collateral);
            expect(after.withdrawable).toBe(0n);
            expect(after.operating).toBeGreaterThanOrEqual(before.operating);
        },
    );

    it('refuses amounts that no value covers', async () => {
        const huge = (1n << 64n) - 1n;
        const trace = await provider.stake.sendDeposit(provider.operator.getSender(), GENEROUS, {
            reserve: huge,
            collateral: huge,
        });
        expectExit(trace, ErrorTooLittleValue);
    });
});

describe('SetNode and SetLimits', () => {
    it('change key, endpoint, limit and pause, and nothing else', async () => {
        const before = await viewOf(provider);
        const sender = provider.operator.getSender();
        await provider.stake.sendSetNode(sender, GENEROUS, {
            nodeKey: Buffer.alloc(32, 9),
            endpoint: 'http://127.0.0.1:2',
        });
        await provider.stake.sendSetLimits(sender, GENEROUS, { dailyLimit: 17n, paused: true });
        const after = await viewOf(provider);
        expect(await provider.stake.getEndpointUrl()).toBe('http://127.0.0.1:2');
        expect(after).toEqual({
            ...before,
            nodeKey: BigInt(`0x${'09'.repeat(32)}`),
            dailyLimit: 17n,
            paused: true,
            operating: after.operating,
        });
        await provider.stake.sendSetNode(sender, GENEROUS, { nodeKey: Buffer.alloc(32, 9) });
        expect(await provider.stake.getEndpointUrl()).toBeUndefined();
    });

    it('refuse an endpoint of more than one cell, whose rent nobody set aside', async () => {
        const endpoint = beginCell().storeRef(Cell.EMPTY).endCell();
        const trace = await provider.stake.send(
            provider.operator.getSender(),
            { value: GENEROUS },
            { $$type: 'SetNode', nodeKey: 1n, endpoint },
        );
        expectExit(trace, ErrorEndpointTooLong);
    });
});

describe('a Stake', () => {
    it('takes plain value from anyone as operating balance', async () => {
        const giver = await world.chain.treasury('giver');
        const before = await viewOf(provider);
        const books = openBooks(world.chain);
        await provider.stake.send(giver.getSender(), { value: GENEROUS }, null);
        const after = await viewOf(provider);
        expect(after.operating).toBeGreaterThan(before.operating + GENEROUS - 300_000n);
        expect(after.withdrawable).toBe(0n);
        expectConserved(books);
    });

    it.each([
        ['an unknown opcode', beginCell().storeUint(0x530000ff, 32).endCell()],
        ['a text comment', beginCell().storeUint(0, 32).storeStringTail('hello').endCell()],
        ['the log of a burning', beginCell().storeUint(op.Burnt, 32).endCell()],
        ['an action that is not external', beginCell().storeUint(op.NodeAction, 32).endCell()],
        ['a Deposit without its fields', beginCell().storeUint(op.Deposit, 32).endCell()],
    ])('returns the whole value of %s, less gas', async (_, body) => {
        const sender = provider.operator;
        const held = await world.balance(provider.stake.address);
        const before = await sender.getBalance();
        const books = openBooks(world.chain);
        const trace = await sender.send({ to: provider.stake.address, value: GENEROUS, body });
        expect(trace.transactions).toHaveTransaction({
            on: provider.stake.address,
            success: false,
        });
        expect(await sender.getBalance()).toBe(before - feesOf(trace));
        expect(await world.balance(provider.stake.address)).toBe(held);
        expectConserved(books);
    });

    it('belongs to the operator that its address names', async () => {
        const view = await provider.stake.getStake();
        expect(accountId(view.operator)).toBe(accountId(provider.operator.address));
        expect(stakeInit(world.deployment, view.operator).address).toEqualAddress(
            provider.stake.address,
        );
    });
});
