import { toNano } from '@ton/core';
import { networkConfig } from '../../devnet';
import { expectConserved, openBooks } from './conservation';
import {
    closingOf,
    createScene,
    jobOf,
    refusal,
    releaseByTicks,
    type Scene,
} from './escrow-scenes';
import { GENEROUS } from './world';

const YEAR = 365 * 86_400;
const PRICE = toNano('0.5');

describe('Contracts that ran out of rent', () => {
    let scene: Scene;

    beforeAll(async () => {
        scene = await createScene({}, ({ world, client }) =>
            world.post(client, { terms: { payUnverified: true } }),
        );
    });
    beforeEach(() => scene.restore());

    function stateOf(address: Scene['client']['escrow']['address']) {
        return scene.world.chain.getContract(address).then((account) => account.accountState?.type);
    }

    async function setBalance(balance: bigint): Promise<void> {
        const { address } = scene.client.escrow;
        const shard = (await scene.world.chain.getContract(address)).account;
        if (shard.account) shard.account.storage.balance.coins = balance;
        await scene.world.chain.setShardAccount(address, shard);
    }

    async function commit(jobId = 0): Promise<void> {
        await scene.world.bid(scene.providers[0], scene.client, { jobId, price: PRICE });
        scene.world.wait(2);
        await scene.world.commit(scene.providers[0], scene.client, { jobId });
    }

    it('an Escrow without jobs keeps its rent for more than two years', async () => {
        await scene.client.escrow.sendCancel(scene.client.wallet.getSender(), GENEROUS, 0);
        const { rent } = await scene.client.escrow.getEscrow();
        expect(await scene.world.balance(scene.client.escrow.address)).toBeGreaterThanOrEqual(rent);
        scene.world.wait(2 * YEAR);
        await scene.world.post(scene.client, { jobId: 1 });
        expect((await scene.client.escrow.getEscrow()).open).toBe(1n);
        await scene.audit();
    });

    it('an empty Escrow freezes after many years, and a frozen one keeps what is sent to it', async () => {
        await scene.client.escrow.sendCancel(scene.client.wallet.getSender(), GENEROUS, 0);
        await scene.client.escrow.sendWithdrawSurplus(scene.client.wallet.getSender(), GENEROUS);
        const { address } = scene.client.escrow;
        expect(await scene.world.balance(address)).toBe(0n);
        scene.world.wait(5 * YEAR);
        await scene.client.wallet.send({ to: address, value: 1n, bounce: false });
        expect(await stateOf(address)).toBe('active');
        scene.world.wait(30 * YEAR);
        await scene.client.wallet.send({ to: address, value: 1n, bounce: false });
        expect(await stateOf(address)).toBe('frozen');

        // A Post does not bring it back; its money waits there.
        const posting = {
            index: 0,
            jobId: 1,
            ceiling: toNano('1'),
            assurance: toNano('1.3'),
            open: true,
            parametersTag: 0n,
            terms: scene.world.terms(1),
        };
        await scene.world.market.sendPost(scene.client.wallet.getSender(), toNano('4'), posting);
        expect(await stateOf(address)).toBe('frozen');
        expect(await scene.world.balance(address)).toBeGreaterThan(toNano('3.5'));
        await expectLedger();
    });

    it('a job that nobody ended for ten years is checked and paid as if in time, once its rent is there again', async () => {
        await commit();
        const withdrawable = (await scene.providers[0].stake.getStake()).withdrawable;
        const { held } = await jobOf(scene.world, scene.client);
        scene.world.wait(10 * YEAR);
        await scene.client.escrow.sendTick(0);
        // A check goes on only while nothing of other jobs can be touched: anyone may bring the rent.
        expect((await jobOf(scene.world, scene.client)).state).toBe('checking');
        scene.world.wait(2);
        expect(await refusal(scene.client.escrow.sendTick(0))).toBe(356);
        const stranger = await scene.world.chain.treasury('stranger');
        await stranger.send({ to: scene.client.escrow.address, value: toNano('0.1') });
        const [closing] = await releaseByTicks(scene.world, scene.client);
        expect(closing).toMatchObject({ outcome: 'void-paid', paid: PRICE });
        expect(closing?.value).toBeLessThan(held - PRICE + toNano('0.1'));
        const earned = (await scene.providers[0].stake.getStake()).withdrawable - withdrawable;
        expect(earned).toBe((PRICE * 99n) / 100n);
        await scene.audit();
    });

    it('an end that the balance does not cover is refused at no cost, until anyone tops up', async () => {
        await commit();
        const { held } = await jobOf(scene.world, scene.client);
        await setBalance(PRICE);
        scene.open();
        expect(await refusal(scene.world.accept(scene.client))).toBe(356);
        scene.world.wait(10);
        expect(await refusal(scene.client.escrow.sendTick(0))).toBe(356);
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(PRICE);

        const stranger = await scene.world.chain.treasury('stranger');
        await stranger.send({ to: scene.client.escrow.address, value: held - PRICE });
        await scene.client.escrow.sendTick(0);
        expect((await jobOf(scene.world, scene.client)).state).toBe('checking');
        const [closing] = await releaseByTicks(scene.world, scene.client);
        expect(closing).toMatchObject({ outcome: 'void-paid', paid: PRICE });
        await scene.audit();
    });

    it('the money of other jobs does not make up for the end of one', async () => {
        await scene.world.post(scene.client, { jobId: 1 });
        await commit(1);
        const { held } = await scene.client.escrow.getEscrow();
        const job = await jobOf(scene.world, scene.client, 1);
        // Rent is gone, and all of what job 1 would refund, and a bit of job 0's money.
        await setBalance(held - (job.held - PRICE));
        expect(await refusal(scene.world.accept(scene.client, { jobId: 1 }))).toBe(356);
        await setBalance(held - (job.held - PRICE) + toNano('0.02'));
        scene.open();
        await scene.world.accept(scene.client, { jobId: 1 });
        const after = await scene.client.escrow.getEscrow();
        expect(await scene.world.balance(scene.client.escrow.address)).toBeGreaterThanOrEqual(
            after.held + after.owed,
        );
        await scene.audit();
    });

    it('a forfeit that the balance does not cover is refused too', async () => {
        await scene.world.bid(scene.providers[0], scene.client, { price: PRICE });
        scene.world.wait(62);
        await setBalance(toNano('0.001'));
        expect(await refusal(scene.client.escrow.sendTick(0))).toBe(356);
        await setBalance(toNano('0.02'));
        scene.open();
        const closing = closingOf(await scene.client.escrow.sendTick(0), scene.client);
        expect(closing.outcome).toBe('not-committed');
        expect((await scene.providers[0].stake.getStake()).locked).toBe(0n);
        await scene.audit();
    });

    it('a refund goes out as far as it reaches when rent and more are gone', async () => {
        const { held } = await jobOf(scene.world, scene.client);
        await setBalance(held / 2n);
        scene.world.wait(2);
        scene.open();
        const closing = closingOf(await scene.client.escrow.sendTick(0), scene.client);
        expect(closing.outcome).toBe('no-bid');
        expect(closing.value).toBeGreaterThan(held / 2n - toNano('0.002'));
        await scene.audit();
    });

    it('a job whose refund is not worth a message ends all the same', async () => {
        scene.world.wait(2);
        const start = scene.world.chain.snapshot();
        const cost = (await scene.client.escrow.sendTick(0)).transactions[0]?.totalFees.coins ?? 0n;
        await scene.world.chain.loadFrom(start);
        await setBalance(cost);
        scene.open();
        const result = await scene.client.escrow.sendTick(0);
        expect(result.transactions).toHaveLength(1);
        expect(await scene.client.escrow.getEscrow()).toMatchObject({ open: 0n, held: 0n });
        await scene.audit();
    });

    it('a rise of all prices between Post and end leaves no job stuck', async () => {
        await scene.world.post(scene.client, { jobId: 1, ceiling: 1n });
        await scene.world.bid(scene.providers[0], scene.client, { jobId: 1, price: 1n });
        await commit();
        scene.world.chain.setConfig(networkConfig('sandbox'));
        const closings = await releaseByTicks(scene.world, scene.client);
        expect(closings[0]).toMatchObject({ jobId: 0, outcome: 'void-paid', paid: PRICE });
        expect(await scene.client.escrow.getEscrow()).toMatchObject({ open: 0n, held: 0n });
        expect((await scene.providers[0].stake.getStake()).locked).toBe(PRICE);
        scene.world.chain.setConfig(networkConfig('current'));
        await scene.audit();
    });

    it('a settlement to a frozen Stake stays with it and does not hold up the client', async () => {
        await commit();
        const { stake } = scene.providers[0];
        const shard = (await scene.world.chain.getContract(stake.address)).account;
        const code = shard.account?.storage.state;
        if (!shard.account || code?.type !== 'active') throw new Error('The Stake is not active.');
        shard.account.storage.state = { type: 'frozen', stateHash: 1n };
        shard.account.storage.balance.coins = 0n;
        await scene.world.chain.setShardAccount(stake.address, shard);
        scene.open();
        const result = await scene.world.accept(scene.client);
        expect(closingOf(result, scene.client)).toMatchObject({ outcome: 'accepted', paid: PRICE });
        expect(await scene.world.balance(stake.address)).toBeGreaterThan((PRICE * 98n) / 100n);
        await expectLedger();
    });

    async function expectLedger(): Promise<void> {
        const books = openBooks(scene.world.chain);
        await scene.client.wallet.send({ to: scene.world.owner.address, value: 1n });
        expectConserved(books);
    }
});
