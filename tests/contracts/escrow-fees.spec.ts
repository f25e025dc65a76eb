import { beginCell, toNano } from '@ton/core';
import { storeFees } from '../../build/Escrow/Escrow_Escrow';
import { createScene, exitOf, jobOf, type Scene, speakFor } from './escrow-scenes';
import { GENEROUS } from './world';

describe.each(['current', 'sandbox'] as const)('Protocol fees, %s prices', (fees) => {
    let scene: Scene;

    beforeAll(async () => {
        scene = await createScene({ fees });
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    let nextJob = 0;
    beforeEach(() => (nextJob = 0));

    /** A job of this price, done and accepted: the Market earns a hundredth. */
    async function work(price: bigint) {
        const jobId = nextJob++;
        const ceiling = price < toNano('0.01') ? toNano('0.01') : price;
        await scene.world.post(scene.client, { jobId, ceiling });
        await scene.world.bid(scene.providers[0], scene.client, { jobId, price });
        scene.world.wait(2);
        await scene.world.commit(scene.providers[0], scene.client, { jobId });
        return scene.world.accept(scene.client, { jobId });
    }

    async function owed(): Promise<bigint> {
        return (await scene.client.escrow.getEscrow()).owed;
    }

    async function sweep(value = GENEROUS) {
        const stranger = await scene.world.chain.treasury('stranger');
        return scene.client.escrow.sendSweepFees(stranger.getSender(), value);
    }

    it('add up with each settlement until somebody sweeps them', async () => {
        await work(toNano('0.2'));
        await work(toNano('0.3'));
        expect(await owed()).toBe(toNano('0.005'));

        const before = await scene.world.market.getFees();
        const result = await sweep();
        expect(exitOf(result, scene.world.market.address)).toBe(0);
        expect(await owed()).toBe(0n);
        const earned = (await scene.world.market.getFees()) - before;
        expect(earned).toBeLessThan(toNano('0.005'));
        expect(earned).toBeGreaterThan(toNano('0.002'));
    });

    it('stay while they would not pay their own way', async () => {
        await work(toNano('0.01'));
        expect(await owed()).toBe(toNano('0.0001'));
        expect(exitOf(await sweep(), scene.client.escrow.address)).toBe(354);
        expect(await owed()).toBe(toNano('0.0001'));
        await scene.client.escrow.sendWithdrawSurplus(scene.client.wallet.getSender(), GENEROUS);
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(toNano('0.0001'));
    });

    it('are not there before the first settlement', async () => {
        await scene.world.post(scene.client);
        expect(exitOf(await sweep(), scene.client.escrow.address)).toBe(354);
    });

    it('are swept at the sweeper’s cost, to the nano', async () => {
        await work(toNano('1'));
        const cost = (await scene.world.market.getCosts()).sweep;
        expect(exitOf(await sweep(cost - 1n), scene.client.escrow.address)).toBe(305);
        const before = await scene.client.escrow.getEscrow();
        await sweep(cost);
        const view = await scene.client.escrow.getEscrow();
        expect(view.owed).toBe(0n);
        expect(view.surplus).toBeGreaterThanOrEqual(before.surplus);
    });

    it('go by themselves with the settlement that makes them worth it', async () => {
        const worth = fees === 'current' ? toNano('0.0667') : toNano('0.4');
        await work(worth * 99n);
        expect(await owed()).toBe((worth * 99n) / 100n);
        const before = await scene.world.market.getFees();
        const result = await work(worth * 2n);
        expect(exitOf(result, scene.world.market.address)).toBe(0);
        expect(await owed()).toBe(0n);
        const earned = (await scene.world.market.getFees()) - before;
        expect(earned).toBeGreaterThan(worth);
        expect(earned).toBeLessThan((worth * 101n) / 100n);
    });

    it('that bounce are owed again, and are not the client’s', async () => {
        await work(toNano('1'));
        const before = await owed();
        const returned = toNano('0.07');
        const body = beginCell()
            .storeUint(0xffffffff, 32)
            .store(storeFees({ $$type: 'Fees' }))
            .endCell();
        const { address } = scene.client.escrow;
        await speakFor(scene.world, scene.world.market.address, address, body, {
            value: returned,
            bounced: true,
        });
        expect(await owed()).toBe(before + returned);
        await scene.client.escrow.sendWithdrawSurplus(scene.client.wallet.getSender(), GENEROUS);
        expect(await scene.world.balance(address)).toBe(before + returned);
    });

    it('are a hundredth of what is paid, rounded in favour of the provider', async () => {
        const price = toNano('0.01') + 99n;
        await work(price);
        expect(await owed()).toBe(toNano('0.0001'));
        await scene.world.post(scene.client, { jobId: nextJob });
        expect((await jobOf(scene.world, scene.client, nextJob)).state).toBe('bidding');
    });
});
