import '@ton/test-utils';
import { Address, Cell, toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import { ErrorNotBasechain, ErrorNotEscrow, loadJobListed } from '../../build/Market/Market_Market';
import { accountId, escrowInit, Market, marketInit } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { logsOf } from './trace';
import { type Client, GENEROUS, NETWORK, World } from './world';

let world: World;
let client: Client;

beforeEach(async () => {
    world = await World.create();
    client = await world.client();
    await world.post(client);
});

/** A Relist for the client's Escrow, as if from any account. */
function relist(from: Address, index = 0n, of = client): Promise<SendMessageResult> {
    return world.market.send(
        world.chain.sender(from),
        { value: GENEROUS },
        {
            $$type: 'Relist',
            jobId: 0n,
            client: accountId(of.wallet.address),
            index,
            modelTag: 1n,
            ceiling: 5n,
        },
    );
}

function expectRefused(trace: SendMessageResult, code = ErrorNotEscrow): void {
    expect(trace.transactions).toHaveTransaction({
        on: world.market.address,
        exitCode: Number(code),
    });
    expect(trace.externals).toHaveLength(0);
}

describe('Relist', () => {
    it('lists a job again when its client raises the ceiling, and costs the Market nothing', async () => {
        const books = openBooks(world.chain);
        const before = await world.balance(world.market.address);
        const trace = await client.escrow.sendRaiseCeiling(client.wallet.getSender(), toNano('3'), {
            jobId: 0,
            ceiling: toNano('2'),
            assurance: toNano('1.2'),
        });
        const [log] = logsOf(trace, world.market.address);
        expect(loadJobListed((log ?? Cell.EMPTY).beginParse())).toEqual({
            $$type: 'JobListed',
            escrow: accountId(client.escrow.address),
            client: accountId(client.wallet.address),
            index: 0n,
            jobId: 0n,
            modelTag: 0xfeed0000n,
            ceiling: toNano('2'),
        });
        expect(await world.balance(world.market.address)).toBeGreaterThanOrEqual(before);
        expectConserved(books);
    });

    it('lists a job again when its winner declines, and costs the Market nothing', async () => {
        const provider = await world.provider('provider');
        const books = openBooks(world.chain);
        await world.bid(provider, client, { price: toNano('0.5') });
        world.wait(2);
        const before = await world.balance(world.market.address);
        const trace = await world.act(provider, client, { kind: 'decline', jobId: 0 });
        expect(logsOf(trace, world.market.address)).toHaveLength(1);
        expect(await world.balance(world.market.address)).toBeGreaterThanOrEqual(before);
        expectConserved(books);
    });

    it('takes the word of the genuine Escrow', async () => {
        const trace = await relist(client.escrow.address);
        expect(logsOf(trace, world.market.address)).toHaveLength(1);
    });

    it('refuses a wallet, be it the client or the owner', async () => {
        expectRefused(await relist(client.wallet.address));
        expectRefused(await relist(world.owner.address));
    });

    it('refuses an Escrow that speaks for another client or another index', async () => {
        const other = await world.client('other');
        expectRefused(await relist(other.escrow.address));
        expectRefused(await relist(client.escrow.address, 0n, other));
        expectRefused(await relist(client.escrow.address, 1n));
    });

    it('refuses the Escrow of the same client at another Market', async () => {
        const { deployment, parameters } = world;
        const { address } = marketInit(
            { owner: world.owner.address, network: NETWORK, timelockSeconds: 1, parameters },
            deployment.code,
        );
        expect(Market.fromAddress(address).address).not.toEqualAddress(world.market.address);
        const foreign = escrowInit({ ...deployment, market: address }, client.wallet.address);
        expectRefused(await relist(foreign.address));
    });

    it('refuses an account of the masterchain with the id of the Escrow', async () => {
        const twin = new Address(-1, client.escrow.address.hash);
        expectRefused(await relist(twin), ErrorNotBasechain);
    });
});
