import '@ton/test-utils';
import { Address, beginCell, type Cell, toNano } from '@ton/core';
import {
    ErrorNotOwner,
    ErrorNotProposedOwner,
    ErrorTooMuch,
    GasMarketFees,
    loadOwnerChanged,
    Market as GeneratedMarket,
} from '../../build/Market/Market_Market';
import { Escrow as GeneratedEscrow } from '../../build/Escrow/Escrow_Escrow';
import { Stake as GeneratedStake } from '../../build/Stake/Stake_Stake';
import { accountId } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { feesOf, gasOn, logsOf } from './trace';
import { GENEROUS, World } from './world';

type MarketMessage = Parameters<World['market']['send']>[2];

let world: World;

beforeEach(async () => {
    world = await World.create();
});

function tell(from: Address, message: MarketMessage, value = GENEROUS) {
    return world.market.send(world.chain.sender(from), { value }, message);
}

describe('Fees', () => {
    it('are credited less gas, whoever brings them', async () => {
        const books = openBooks(world.chain);
        const giver = await world.chain.treasury('giver');
        const before = await world.balance(world.market.address);
        const trace = await world.market.send(
            giver.getSender(),
            { value: GENEROUS },
            { $$type: 'Fees' },
        );
        const fees = await world.market.getFees();
        expect(fees).toBeLessThan(GENEROUS);
        expect(fees).toBeGreaterThan(GENEROUS - 300_000n);
        expect(gasOn(trace, world.market.address)).toBeLessThanOrEqual(Number(GasMarketFees));
        // What is credited has arrived.
        expect(await world.balance(world.market.address)).toBeGreaterThanOrEqual(before + fees);
        expectConserved(books);
    });

    it('are nothing where the value only just pays for its gas', async () => {
        const before = await world.balance(world.market.address);
        await tell(world.owner.address, { $$type: 'Fees' }, 213_334n);
        expect(await world.market.getFees()).toBe(0n);
        expect(await world.balance(world.market.address)).toBeGreaterThanOrEqual(before);
    });
});

describe('WithdrawFees', () => {
    const withdraw = (amount: bigint) => ({ $$type: 'WithdrawFees', amount }) as const;

    it('pays the owner what was brought, once, and leaves the rent', async () => {
        const rent = await world.balance(world.market.address);
        const giver = await world.chain.treasury('giver');
        await world.market.send(giver.getSender(), { value: toNano('3') }, { $$type: 'Fees' });
        const fees = await world.market.getFees();
        const books = openBooks(world.chain);
        const before = await world.owner.getBalance();
        const sender = world.owner.getSender();
        const paid = await world.market.send(sender, { value: GENEROUS }, withdraw(fees));
        expect(await world.owner.getBalance()).toBe(before + fees - feesOf(paid));
        expect(await world.market.getFees()).toBe(0n);
        expect(await world.balance(world.market.address)).toBeGreaterThanOrEqual(rent);
        const again = await world.market.send(sender, { value: GENEROUS }, withdraw(fees));
        expect(again.transactions).toHaveTransaction({ exitCode: Number(ErrorTooMuch) });
        expectConserved(books);
    });

    it('refuses a nano more than was brought', async () => {
        await tell(world.owner.address, { $$type: 'Fees' });
        const fees = await world.market.getFees();
        const before = await world.balance(world.market.address);
        for (const amount of [fees + 1n, (1n << 64n) - 1n]) {
            const trace = await tell(world.owner.address, withdraw(amount));
            expect(trace.transactions).toHaveTransaction({ exitCode: Number(ErrorTooMuch) });
        }
        expect(await world.market.getFees()).toBe(fees);
        expect(await world.balance(world.market.address)).toBe(before);
    });

    it('is for the owner alone, not even for one who was proposed', async () => {
        await tell(world.owner.address, { $$type: 'Fees' });
        const heir = await world.chain.treasury('heir');
        await tell(world.owner.address, { $$type: 'ProposeOwner', owner: accountId(heir.address) });
        const trace = await tell(heir.address, withdraw(1n));
        expect(trace.transactions).toHaveTransaction({ exitCode: Number(ErrorNotOwner) });
    });

    it('changes nothing when its value does not pay for its gas', async () => {
        await tell(world.owner.address, { $$type: 'Fees' });
        const fees = await world.market.getFees();
        const trace = await tell(world.owner.address, withdraw(fees), 100_000n);
        expect(trace.transactions).toHaveTransaction({ on: world.market.address, success: false });
        expect(await world.market.getFees()).toBe(fees);
    });
});

describe('the ownership', () => {
    it('passes in two steps; until the second the old owner stays in office', async () => {
        const heir = await world.chain.treasury('heir');
        const proposal = { $$type: 'ProposeOwner', owner: accountId(heir.address) } as const;
        await tell(world.owner.address, proposal);
        expect(await world.market.getOwner()).toEqualAddress(world.owner.address);
        expect(await world.market.getProposedOwner()).toEqualAddress(heir.address);
        const trace = await tell(heir.address, { $$type: 'AcceptOwner' });
        expect(await world.market.getOwner()).toEqualAddress(heir.address);
        const [log] = logsOf(trace, world.market.address);
        expect(log && loadOwnerChanged(log.beginParse()).owner).toBe(accountId(heir.address));
        const late = await tell(world.owner.address, proposal);
        expect(late.transactions).toHaveTransaction({ exitCode: Number(ErrorNotOwner) });
        const again = await tell(heir.address, { $$type: 'AcceptOwner' });
        expect(again.transactions).toHaveTransaction({ exitCode: Number(ErrorNotProposedOwner) });
    });

    it('goes to the one who was proposed last, to nobody else, and to nobody unasked', async () => {
        const [first, second] = await world.chain.createWallets(2);
        if (first === undefined || second === undefined) throw new Error('No wallets.');
        const zero = new Address(0, Buffer.alloc(32));
        const accept = (from: Address) => tell(from, { $$type: 'AcceptOwner' });
        expect((await accept(first.address)).transactions).toHaveTransaction({
            exitCode: Number(ErrorNotProposedOwner),
        });
        for (const { address } of [first, second]) {
            await tell(world.owner.address, { $$type: 'ProposeOwner', owner: accountId(address) });
        }
        for (const wrong of [first.address, world.owner.address, zero]) {
            expect((await accept(wrong)).transactions).toHaveTransaction({
                exitCode: Number(ErrorNotProposedOwner),
            });
        }
        await accept(second.address);
        expect(await world.market.getOwner()).toEqualAddress(second.address);
    });

    it('cannot be proposed by a stranger', async () => {
        const stranger = await world.chain.treasury('stranger');
        const owner = accountId(stranger.address);
        const trace = await tell(stranger.address, { $$type: 'ProposeOwner', owner });
        expect(trace.transactions).toHaveTransaction({ exitCode: Number(ErrorNotOwner) });
    });
});

describe('the owner', () => {
    /** Every message that the three contracts know, filled with ones, zeros and the owner's id. */
    function everyMessage(): Cell[] {
        const opcodes = [GeneratedMarket, GeneratedEscrow, GeneratedStake].flatMap((contract) =>
            Object.values(contract.opcodes),
        );
        const id = accountId(world.owner.address);
        return [...new Set(opcodes)].flatMap((opcode) =>
            [0n, 1n, id, (1n << 256n) - 1n].map((word) =>
                beginCell()
                    .storeUint(opcode, 32)
                    .storeUint(word, 256)
                    .storeUint(word, 256)
                    .storeUint(0, 300)
                    .storeRef(beginCell().storeUint(word, 256).endCell())
                    .endCell(),
            ),
        );
    }

    it("reaches nobody's escrow or stake with any message to any contract", async () => {
        const provider = await world.provider('provider');
        const client = await world.client();
        await world.post(client);
        await world.bid(provider, client, { price: toNano('0.5') });
        const escrow = await client.escrow.getEscrow();
        const stake = await provider.stake.getStake();
        const accounts = [world.market, client.escrow, provider.stake].map((c) => c.address);
        const balances = await Promise.all(accounts.map((account) => world.balance(account)));
        const books = openBooks(world.chain);
        for (const to of accounts) {
            for (const body of everyMessage()) {
                await world.owner.send({ to, value: GENEROUS, body });
            }
        }
        expect(await client.escrow.getEscrow()).toMatchObject({ held: escrow.held, open: 1n });
        expect(await provider.stake.getStake()).toMatchObject({
            reserve: stake.reserve,
            collateral: stake.collateral,
            locked: stake.locked,
            nodeKey: stake.nodeKey,
            seqno: stake.seqno,
        });
        for (const [i, account] of accounts.entries()) {
            expect(await world.balance(account)).toBeGreaterThanOrEqual(balances[i] ?? 0n);
        }
        expectConserved(books);
    });
});
