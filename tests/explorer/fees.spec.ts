import { toNano } from '@ton/core';
import { type JobDetail, verifyJob, type VerifyJobRequest } from '../../explorer/browser';
import {
    type Client,
    GENEROUS,
    type Provider,
    UNDRAWN_PARAMETERS,
    World,
} from '../contracts/world';
import { SandboxChain } from './sandbox-chain';
import { openIndex, removeFolders, type TestIndex } from './world';

const PRICE = toNano('0.1');
const OLD_FEE = 100;
const NEW_FEE = 300;

/** A job brings parameters to its Escrow only where that has others. */
describe('The protocol fee of a job whose parameters came with another one', () => {
    let world: World;
    let provider: Provider;
    let client: Client;
    let chain: SandboxChain;
    let index: TestIndex;
    /** Of the Market, after each of the paid jobs. */
    let fees: bigint[];
    beforeAll(async () => {
        world = await World.create({
            parameters: { ...UNDRAWN_PARAMETERS, protocolFee: OLD_FEE },
            timelockSeconds: 1,
        });
        provider = await world.provider('provider');
        client = await world.client();
        const before = await feesOwed();
        await done(0);
        await done(1);
        const owner = world.owner.getSender();
        await world.market.sendProposeParameters(owner, GENEROUS, {
            ...UNDRAWN_PARAMETERS,
            version: UNDRAWN_PARAMETERS.version + 1,
            protocolFee: NEW_FEE,
        });
        world.wait(2);
        await world.market.sendApplyParameters(owner, GENEROUS);
        // Sent back, since its id is not the next; what it brought stays.
        await world.post(client, { jobId: 7 });
        const between = await feesOwed();
        await done(2);
        fees = [between - before, (await feesOwed()) - between];
        chain = new SandboxChain(world.chain);
        index = openIndex({ world }, chain);
        await index.indexer.look();
    });
    afterAll(async () => {
        await index.stop();
        removeFolders();
    });

    async function done(jobId: number): Promise<void> {
        await world.post(client, { jobId });
        await world.bid(provider, client, { jobId, price: PRICE });
        world.wait(2);
        await world.commit(provider, client, { jobId });
        await world.accept(client, { jobId });
    }

    async function feesOwed(): Promise<bigint> {
        const { accountState } = await world.chain.getContract(client.escrow.address);
        const owed = accountState?.type === 'active' ? (await client.escrow.getEscrow()).owed : 0n;
        return owed + (await world.market.getFees());
    }

    function claimed(jobId: number): JobDetail {
        const job = index.views.job(client.escrow.address.toString(), jobId);
        if (job === undefined) throw new Error(`The index has no job ${jobId}.`);
        return job;
    }

    const verify = (job: JobDetail, options: Partial<VerifyJobRequest> = {}) =>
        verifyJob({ chain, deployment: world.deployment, claimed: job, ...options });

    it('is in the index what the contracts took', () => {
        const feeOf = (jobId: number) => BigInt(claimed(jobId).closing?.fee ?? 0);
        expect([feeOf(0) + feeOf(1), feeOf(2)]).toEqual(fees);
        expect([1, 2].map((jobId) => claimed(jobId).protocolFee)).toEqual([OLD_FEE, NEW_FEE]);
    });

    it.each([0, 1, 2])('is compared with the chain: job %d', async (jobId) => {
        expect(await verify(claimed(jobId))).toMatchObject({
            agrees: true,
            differences: [],
            feeCompared: true,
        });
    });

    it.each([0, 1, 2])('is found out where a node lies about it: job %d', async (jobId) => {
        const job = claimed(jobId);
        const { closing } = job;
        if (closing === undefined) throw new Error('It has not ended.');
        const { differences } = await verify({
            ...job,
            protocolFee: 0,
            closing: { ...closing, fee: '0' },
        });
        expect(differences).toEqual(['protocolFee', 'closing']);
    });

    it('is left out, and said to be, where its parameters are too far back', async () => {
        const job = claimed(1);
        const { transactions } = await verify(job);
        const short = await verify(job, { depth: transactions });
        expect(short).toMatchObject({ agrees: true, tooFarBack: false, feeCompared: false });
        // The rest is compared all the same.
        const lie = await verify({ ...job, items: 2 }, { depth: transactions });
        expect(lie).toMatchObject({ differences: ['items'], feeCompared: false });
    });
});
