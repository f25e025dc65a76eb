import '@ton/test-utils';
import { Address, beginCell, Cell, contractAddress } from '@ton/core';
import { Market as GeneratedMarket } from '../../build/Market/Market_Market';
import { contractCode, DEVNET_PARAMETERS, marketInit } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { feesOf } from './trace';
import { GENEROUS, NETWORK, World } from './world';

const op = GeneratedMarket.opcodes;

describe('a Market', () => {
    it('stands where its configuration says', async () => {
        const world = await World.create();
        const config = {
            owner: world.owner.address,
            network: NETWORK,
            timelockSeconds: 3600,
            parameters: DEVNET_PARAMETERS,
        };
        const { address, init } = marketInit(config, await contractCode());
        expect(world.market.address).toEqualAddress(address);
        expect(contractAddress(0, init)).toEqualAddress(address);
        const other = marketInit({ ...config, network: -239 }, await contractCode());
        expect(other.address).not.toEqualAddress(address);
    });

    it('tells its configuration and that nothing is proposed', async () => {
        const { market, owner } = await World.create();
        expect(await market.getOwner()).toEqualAddress(owner.address);
        expect(await market.getProposedOwner()).toEqualAddress(new Address(0, Buffer.alloc(32)));
        expect(await market.getNetwork()).toBe(BigInt(NETWORK));
        expect(await market.getTimelock()).toBe(3600n);
        expect(await market.getFees()).toBe(0n);
        expect(await market.getMarketParameters()).toEqual(DEVNET_PARAMETERS);
        expect(await market.getProposedParameters()).toEqualCell(Cell.EMPTY);
    });

    it('keeps a gift, a body too short for an opcode too, as rent, of which the owner can take nothing', async () => {
        const { market, owner, chain } = await World.create();
        const books = openBooks(chain);
        const giver = await chain.treasury('giver');
        const before = (await chain.getContract(market.address)).balance;
        await market.send(giver.getSender(), { value: GENEROUS }, null);
        const short = beginCell().storeUint(1, 31).endCell();
        await giver.send({ to: market.address, value: GENEROUS, body: short });
        expect((await chain.getContract(market.address)).balance).toBeGreaterThan(before);
        expect(await market.getFees()).toBe(0n);
        await market.send(
            owner.getSender(),
            { value: GENEROUS },
            { $$type: 'WithdrawFees', amount: 1n },
        );
        expect((await chain.getContract(market.address)).balance).toBeGreaterThan(before);
        expectConserved(books);
    });

    it.each([
        ['an unknown opcode', beginCell().storeUint(0x4d0000ff, 32).endCell()],
        ['a text comment', beginCell().storeUint(0, 32).storeStringTail('hello').endCell()],
        ['a Post without its fields', beginCell().storeUint(op.Post, 32).endCell()],
        ['an OpenStake without its fields', beginCell().storeUint(op.OpenStake, 32).endCell()],
        [
            'a Post whose terms are empty',
            beginCell().storeUint(op.Post, 32).storeUint(0, 241).storeRef(Cell.EMPTY).endCell(),
        ],
    ])('returns the whole value of %s, less gas', async (_, body) => {
        const { market, chain } = await World.create();
        const stranger = await chain.treasury('stranger');
        const books = openBooks(chain);
        const held = (await chain.getContract(market.address)).balance;
        const before = await stranger.getBalance();
        const trace = await stranger.send({ to: market.address, value: GENEROUS, body });
        expect(trace.transactions).toHaveTransaction({ on: market.address, success: false });
        expect(await stranger.getBalance()).toBe(before - feesOf(trace));
        expect((await chain.getContract(market.address)).balance).toBe(held);
        expectConserved(books);
    });
});
