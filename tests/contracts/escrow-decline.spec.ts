import { beginCell, toNano } from '@ton/core';
import { storeDecline } from '../../build/Escrow/Escrow_Escrow';
import { modelTag } from '../../wrappers';
import { createScene, exitOf, jobOf, listingsOf, type Scene } from './escrow-scenes';
import type { Provider } from './world';

describe('Decline', () => {
    let scene: Scene;
    let winner: Provider;
    let other: Provider;

    beforeAll(async () => {
        scene = await createScene({}, async ({ world, client, providers: [one] }) => {
            await world.post(client, { terms: { bidWindowSeconds: 20 } });
            await world.bid(one, client, { price: toNano('0.5') });
        });
        [winner, other] = scene.providers;
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    function decline(provider: Provider) {
        return scene.world.act(provider, scene.client, { kind: 'decline', jobId: 0 });
    }

    async function exitOfDecline(provider: Provider): Promise<number> {
        return exitOf(await decline(provider), scene.client.escrow.address);
    }

    it('opens the job for a whole new window, listed anew, and frees the lock', async () => {
        scene.world.wait(20 + 3);
        const result = await decline(winner);

        const job = await jobOf(scene.world, scene.client);
        expect(job).toMatchObject({
            state: 'bidding',
            biddingEnd: scene.world.now + 20,
            bid: undefined,
            ceiling: toNano('1'),
        });
        expect((await winner.stake.getStake()).locked).toBe(0n);
        expect(result.externals).toHaveLength(0);
        const listings = listingsOf(scene.world, result);
        expect(listings).toMatchObject([
            {
                stage: 'bids',
                round: 0,
                index: 0,
                jobId: 0,
                modelTag: modelTag(job.terms.model),
                amount: toNano('1'),
                parametersTag: (await scene.client.escrow.getEscrow()).parametersTag,
            },
        ]);
        expect(listings[0]?.escrow.equals(scene.client.escrow.address)).toBe(true);
        expect(listings[0]?.client.equals(scene.client.wallet.address)).toBe(true);
    });

    it('is taken in the last second and refused in the next', async () => {
        scene.world.wait(20 + scene.world.parameters.declineWindow);
        expect(await exitOfDecline(winner)).toBe(343);

        await scene.restore();
        scene.world.wait(20 + scene.world.parameters.declineWindow - 1);
        expect(await exitOfDecline(winner)).toBe(0);
    });

    it('is the winner’s alone', async () => {
        scene.world.wait(20);
        expect(await exitOfDecline(other)).toBe(350);
        const result = await scene.client.wallet.send({
            to: scene.client.escrow.address,
            value: toNano('1'),
            body: beginCell()
                .store(storeDecline({ $$type: 'Decline', jobId: 0n }))
                .endCell(),
        });
        expect(exitOf(result, scene.client.escrow.address)).toBe(350);
    });

    it('comes after the assignment and before the commit', async () => {
        scene.world.wait(19);
        expect(await exitOfDecline(winner)).toBe(342);
        scene.world.wait(1);
        await scene.world.commit(winner, scene.client);
        expect(await exitOfDecline(winner)).toBe(341);
    });

    it('can be repeated for as long as somebody bids, and costs the decliner each time', async () => {
        const start = await scene.client.escrow.getEscrow();
        scene.world.wait(20);
        for (const provider of [winner, other, winner]) {
            const before = (await provider.stake.getStake()).operating;
            expect(await exitOfDecline(provider)).toBe(0);
            const spent = before - (await provider.stake.getStake()).operating;
            expect(spent).toBeGreaterThan(toNano('0.001'));
            expect((await jobOf(scene.world, scene.client)).state).toBe('bidding');
            await scene.world.bid(provider === winner ? other : winner, scene.client, {
                price: toNano('0.4'),
            });
            scene.world.wait(20);
        }
        const end = await scene.client.escrow.getEscrow();
        // What the bids brought for their commits stays with the job.
        expect(end.held).toBeGreaterThanOrEqual(start.held);
        expect(end.held - start.held).toBeLessThan(3n * toNano('0.0015'));
        const balance = await scene.world.balance(scene.client.escrow.address);
        expect(balance - end.held).toBeGreaterThanOrEqual(end.rent - toNano('0.0001'));
    });
});
