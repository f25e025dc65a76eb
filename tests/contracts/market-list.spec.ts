import '@ton/test-utils';
import { Address, beginCell, toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import { accountId, escrowInit, Market, marketInit } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { listingsOf } from './escrow-scenes';
import { type Client, GENEROUS, NETWORK, World } from './world';

let world: World;
let client: Client;

beforeEach(async () => {
    world = await World.create();
    client = await world.client();
    await world.post(client);
});

/** A List that names the client's Escrow, or another, as if from any account. */
function list(
    from: Address,
    words: { index?: bigint; of?: Client; stage?: bigint } = {},
): Promise<SendMessageResult> {
    return world.market.send(
        world.chain.sender(from),
        { value: GENEROUS },
        {
            $$type: 'List',
            jobId: 0n,
            client: accountId((words.of ?? client).wallet.address),
            index: words.index ?? 0n,
            modelTag: 1n,
            stage: words.stage ?? 0n,
            round: 0n,
            amount: 5n,
            parametersTag: 7n,
        },
    );
}

/** The Market takes the message, changes nothing, and no follower reads work in it. */
async function expectIgnored(sent: Promise<SendMessageResult>): Promise<void> {
    const before = await stateOf();
    const trace = await sent;
    expect(trace.transactions).toHaveTransaction({ on: world.market.address, success: true });
    expect(trace.externals).toHaveLength(0);
    expect(listingsOf(world, trace)).toEqual([]);
    expect(await stateOf()).toEqualCell(before);
}

async function stateOf() {
    const { accountState } = await world.chain.getContract(world.market.address);
    if (accountState?.type !== 'active' || !accountState.state.data) throw new Error('No data.');
    return accountState.state.data;
}

describe('List', () => {
    it('tells of a job whose client raised the ceiling, and costs the Market nothing', async () => {
        const books = openBooks(world.chain);
        const before = await world.balance(world.market.address);
        const trace = await client.escrow.sendRaiseCeiling(client.wallet.getSender(), toNano('3'), {
            jobId: 0,
            ceiling: toNano('2'),
            assurance: toNano('1.2'),
        });
        const [listing, ...more] = listingsOf(world, trace);
        expect(more).toEqual([]);
        expect(listing).toMatchObject({
            stage: 'bids',
            round: 0,
            index: 0,
            jobId: 0,
            modelTag: 0xfeed0000,
            amount: toNano('2'),
            parametersTag: (await client.escrow.getEscrow()).parametersTag,
            listedAt: world.now,
        });
        expect(listing?.escrow).toEqualAddress(client.escrow.address);
        expect(listing?.client).toEqualAddress(client.wallet.address);
        expect(await world.balance(world.market.address)).toBeGreaterThanOrEqual(before);
        expectConserved(books);
    });

    it('tells of a job whose winner declined, and runs no code', async () => {
        const provider = await world.provider('provider');
        const books = openBooks(world.chain);
        await world.bid(provider, client, { price: toNano('0.5') });
        world.wait(2);
        const trace = await world.act(provider, client, { kind: 'decline', jobId: 0 });
        expect(listingsOf(world, trace)).toMatchObject([{ stage: 'bids', amount: toNano('1') }]);
        const listed = trace.transactions.find(({ inMessage }) =>
            inMessage?.info.dest?.toString().includes(world.market.address.toString()),
        );
        expect(listed?.description).toMatchObject({
            computePhase: { type: 'skipped', reason: 'no-gas' },
        });
        // Time takes its rent, and nothing else is taken.
        const { description, totalFees } = listed ?? {};
        const rent = description?.type === 'generic' ? description.storagePhase : undefined;
        expect(totalFees?.coins).toBe(rent?.storageFeesCollected);
        expectConserved(books);
    });

    it.each([
        [0n, 'bids'],
        [1n, 'check'],
        [2n, 'jury'],
        [3n, 'appeal-jury'],
    ])('of the genuine Escrow is read, stage %i', async (stage, name) => {
        const trace = await list(client.escrow.address, { stage });
        expect(listingsOf(world, trace)).toMatchObject([{ stage: name, amount: 5n }]);
    });

    it('of a stage that nobody knows is ignored', async () => {
        await expectIgnored(list(client.escrow.address, { stage: 4n }));
    });

    it('without its fields is a gift, and ignored', async () => {
        const body = beginCell().storeUint(Market.opcodes.List, 32).endCell();
        const to = world.market.address;
        await expectIgnored(client.wallet.send({ to, value: GENEROUS, body }));
    });

    it('of a wallet, be it the client or the owner, is ignored', async () => {
        await expectIgnored(list(client.wallet.address));
        await expectIgnored(list(world.owner.address));
    });

    it('of an Escrow that speaks for another client or another index is ignored', async () => {
        const other = await world.client('other');
        await expectIgnored(list(other.escrow.address));
        await expectIgnored(list(client.escrow.address, { of: other }));
        await expectIgnored(list(client.escrow.address, { index: 1n }));
    });

    it('of the Escrow of the same client at another Market is ignored', async () => {
        const { deployment, parameters } = world;
        const { address } = marketInit(
            { owner: world.owner.address, network: NETWORK, timelockSeconds: 1, parameters },
            deployment.code,
        );
        expect(Market.fromAddress(address).address).not.toEqualAddress(world.market.address);
        const foreign = escrowInit({ ...deployment, market: address }, client.wallet.address);
        await expectIgnored(list(foreign.address));
    });

    it('of an account of the masterchain with the id of the Escrow is ignored', async () => {
        await expectIgnored(list(new Address(-1, client.escrow.address.hash)));
    });
});
