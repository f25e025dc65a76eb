import { beginCell, toNano } from '@ton/core';
import type { BlockchainSnapshot } from '@ton/sandbox';
import { storePosted } from '../../build/Escrow/Escrow_Escrow';
import {
    checkFee,
    DEVNET_PARAMETERS,
    encodeParameters,
    encodeTerms,
    Escrow,
    Market,
} from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { closingOf, exitOf, expectSound, jobOf, releaseByTicks } from './escrow-scenes';
import { plantJobs } from './escrow-states';
import { type Client, GENEROUS, NETWORK, World } from './world';

const NOT_MARKET = 302;

describe('Posted', () => {
    let world: World;
    let client: Client;
    let books: ReturnType<typeof openBooks>;
    let fresh: BlockchainSnapshot;

    beforeAll(async () => {
        world = await World.create();
        client = await world.client();
        fresh = world.chain.snapshot();
    });

    beforeEach(async () => {
        await world.chain.loadFrom(fresh);
        books = openBooks(world.chain);
    });

    afterEach(async () => {
        expectConserved(books);
        await expectSound(world, [client]);
    });

    function posted(jobId: number) {
        return beginCell()
            .store(
                storePosted({
                    $$type: 'Posted',
                    jobId: BigInt(jobId),
                    ceiling: toNano('0.1'),
                    extra: toNano('0.1'),
                    parametersTag: encodeParameters(world.parameters).hash().readBigUInt64BE(),
                    terms: encodeTerms(world.terms(jobId)),
                    parameters: encodeParameters(world.parameters),
                }),
            )
            .endCell();
    }

    it('opens the job until its bidding ends, under the parameters in force', async () => {
        const costs = await world.market.getCosts();
        await world.post(client);

        const view = await client.escrow.getEscrow();
        const job = await jobOf(world, client);
        expect(view).toMatchObject({ nextJob: 1n, open: 1n, owed: 0n, index: 0n });
        expect(view.client.equals(client.wallet.address)).toBe(true);
        expect(job).toMatchObject({
            state: 'bidding',
            biddingEnd: world.now + 2,
            ceiling: toNano('1'),
            parameters: world.parameters,
            terms: world.terms(0),
            bid: undefined,
        });
        expect(job.held).toBeGreaterThan(toNano('1') + checkFee(world.parameters, toNano('1'), 1));
        expect(job.held).toBeLessThan(
            toNano('1') + checkFee(world.parameters, toNano('1'), 1) + costs.post,
        );
    });

    it('is refused from everybody but the Market', async () => {
        await world.post(client);
        const provider = await world.provider('provider');
        const foreign = world.chain.openContract(
            await Market.fromConfig({
                owner: world.owner.address,
                network: NETWORK,
                timelockSeconds: 0,
                parameters: DEVNET_PARAMETERS,
            }),
        );
        await foreign.sendDeploy(world.owner.getSender(), GENEROUS);

        for (const from of [client.wallet, world.owner, provider.operator]) {
            const result = await from.send({
                to: client.escrow.address,
                value: GENEROUS,
                body: posted(1),
            });
            expect(exitOf(result, client.escrow.address)).toBe(NOT_MARKET);
        }
        // Another Market posts into Escrows of its own, at other addresses.
        const elsewhere = Escrow.ofClient(await foreign.deployment(), client.wallet.address);
        expect(elsewhere.address.equals(client.escrow.address)).toBe(false);
        expect(await client.escrow.getEscrow()).toMatchObject({ nextJob: 1n, open: 1n });
    });

    it('comes back whole less gas for an id that is not the next, in both directions', async () => {
        await world.post(client);
        for (const jobId of [0, 2, 0xffffffff]) {
            const before = await world.balance(client.wallet.address);
            const state = await client.escrow.getEscrow();
            const result = await world.post(client, { jobId });
            expect(closingOf(result, client)).toMatchObject({
                jobId,
                outcome: 'refused',
                paid: 0n,
            });
            const { nextJob, open, held, owed } = state;
            expect(await client.escrow.getEscrow()).toMatchObject({ nextJob, open, held, owed });
            const lost = before - (await world.balance(client.wallet.address));
            expect(lost).toBeLessThan(toNano('0.003'));
        }
    });

    it('pays nothing twice when a Post is repeated', async () => {
        const first = await world.post(client, { open: true });
        expect(exitOf(first, client.escrow.address)).toBe(0);
        const held = (await client.escrow.getEscrow()).held;
        const again = await world.post(client, { open: true });
        expect(closingOf(again, client).outcome).toBe('refused');
        expect((await client.escrow.getEscrow()).held).toBe(held);
    });

    it('refuses a 65th job, and takes it once one has ended', async () => {
        await world.post(client);
        await plantJobs(world, client, [...Array(63).keys()]);
        books = openBooks(world.chain);
        await world.post(client, { jobId: 63 });
        expect((await client.escrow.getEscrow()).open).toBe(64n);

        const refused = await world.post(client, { jobId: 64 });
        expect(closingOf(refused, client)).toMatchObject({ jobId: 64, outcome: 'refused' });

        await client.escrow.sendCancel(client.wallet.getSender(), GENEROUS, 10);
        await world.post(client, { jobId: 64 });
        expect(await client.escrow.getEscrow()).toMatchObject({ open: 64n, nextJob: 65n });
        expect(await releaseByTicks(world, client)).toHaveLength(64);
    });

    it('refuses an id 1024 after the oldest open job, and takes it when that has ended', async () => {
        await world.post(client, { terms: { bidWindowSeconds: 60 } });
        await plantJobs(world, client, [0, 1023]);
        books = openBooks(world.chain);
        const costs = await world.market.getCosts();
        const refused = await quickPost(1024);
        expect(closingOf(refused, client)).toMatchObject({ jobId: 1024, outcome: 'refused' });

        await client.escrow.sendCancel(client.wallet.getSender(), costs.close, 0);
        await quickPost(1024);
        expect(await client.escrow.getEscrow()).toMatchObject({ open: 2n, nextJob: 1025n });

        function quickPost(jobId: number) {
            return world.market.sendPost(client.wallet.getSender(), toNano('0.5'), {
                index: 0,
                jobId,
                ceiling: 1n,
                assurance: toNano('0.01'),
                open: false,
                parametersTag: 0n,
                terms: world.terms(jobId),
            });
        }
    });

    it('refuses parameters that the Escrow does not have', async () => {
        const costs = await world.market.getCosts();
        const known = encodeParameters(world.parameters).hash().readBigUInt64BE();
        const posting = {
            index: 0,
            jobId: 0,
            ceiling: 1n,
            assurance: toNano('0.01'),
            open: true,
            parametersTag: known,
            terms: world.terms(0),
        };
        // A client that claims to have them keeps the Market from sending them along.
        const value = toNano('0.1') + costs.openEscrow;
        const result = await world.market.sendPost(client.wallet.getSender(), value, posting);
        expect(closingOf(result, client).outcome).toBe('refused');
        expect(await client.escrow.getEscrow()).toMatchObject({ nextJob: 0n, parametersTag: 0n });

        await world.post(client, { open: false });
        expect(await client.escrow.getEscrow()).toMatchObject({ open: 1n, parametersTag: known });
    });

    it('keeps what came without its code, and gives it back after the next Post', async () => {
        const sent = await world
            .post(client, { open: false, value: toNano('3') })
            .catch((error: unknown) => error);
        expect(sent).toBeInstanceOf(Error); // The getter of an account without code.
        const posting = {
            index: 0,
            jobId: 0,
            ceiling: 1n,
            assurance: toNano('0.01'),
            parametersTag: 0n,
            terms: world.terms(0),
        };
        await world.market.sendPost(client.wallet.getSender(), toNano('3'), {
            ...posting,
            open: false,
        });
        expect(await world.balance(client.escrow.address)).toBeGreaterThan(toNano('2.99'));

        await world.post(client, { open: true });
        const result = await client.escrow.sendCancel(client.wallet.getSender(), GENEROUS, 0);
        expect(closingOf(result, client).value).toBeGreaterThan(toNano('4.9'));
    });

    it('lets anyone add to the rent', async () => {
        await world.post(client);
        const stranger = await world.chain.treasury('stranger');
        const before = await world.balance(client.escrow.address);
        await stranger.send({ to: client.escrow.address, value: GENEROUS });
        expect(await world.balance(client.escrow.address)).toBeGreaterThan(before + toNano('0.99'));
    });
});
