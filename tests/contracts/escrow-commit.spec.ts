import { toNano } from '@ton/core';
import { createScene, exitOf, jobOf, type Scene } from './escrow-scenes';
import type { Provider } from './world';

describe('Commit', () => {
    let scene: Scene;
    let winner: Provider;
    let loser: Provider;

    beforeAll(async () => {
        scene = await createScene({}, async ({ world, client, providers: [one, two] }) => {
            await world.post(client, { terms: { items: 3 } });
            await world.bid(one, client, { price: toNano('0.6') });
            await world.bid(two, client, { price: toNano('0.5') });
        });
        [loser, winner] = scene.providers;
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    type CommitOptions = Parameters<Scene['world']['commit']>[2];

    async function commit(provider: Provider, options: CommitOptions = {}): Promise<number> {
        const result = await scene.world.commit(provider, scene.client, options);
        return exitOf(result, scene.client.escrow.address);
    }

    it('follows the end of bidding, which assigns the job to the best bid without a message', async () => {
        scene.world.wait(2);
        expect(await jobOf(scene.world, scene.client)).toMatchObject({ state: 'assigned' });
        expect(await commit(loser)).toBe(350);
        expect(await commit(winner, { root: 0xbeefn, faulty: 2 })).toBe(0);
        const job = await jobOf(scene.world, scene.client);
        expect(job).toMatchObject({
            state: 'committed',
            acceptDeadline: scene.world.now + scene.world.parameters.acceptWindow,
            commit: {
                root: 0xbeefn,
                faulty: 2,
                providerSeed: scene.world.providerSeed(winner, 0),
            },
            bid: { price: toNano('0.5') },
        });
    });

    it('is refused while bids may still come', async () => {
        scene.world.wait(1);
        expect(await commit(winner)).toBe(342);
        scene.world.wait(1);
        expect(await commit(winner)).toBe(0);
    });

    it('is taken in the last second and refused in the next', async () => {
        scene.world.wait(2 + 60);
        expect(await commit(winner)).toBe(343);

        await scene.restore();
        scene.world.wait(2 + 59);
        expect(await commit(winner)).toBe(0);
    });

    it('reveals the seed of the bid', async () => {
        scene.world.wait(2);
        const seed = scene.world.providerSeed(winner, 0);
        expect(await commit(winner, { seed: seed ^ 1n })).toBe(344);
        expect(await commit(winner, { seed: scene.world.providerSeed(loser, 0) })).toBe(344);
        expect(await commit(winner, { seed })).toBe(0);
    });

    it('has at most as many faulty items as items', async () => {
        scene.world.wait(2);
        expect(await commit(winner, { faulty: 4 })).toBe(351);
        expect(await commit(winner, { faulty: 3 })).toBe(0);
    });

    it('stands: a second one, with another root, is refused', async () => {
        scene.world.wait(2);
        await commit(winner, { root: 1n });
        expect(await commit(winner, { root: 2n })).toBe(341);
        expect(await jobOf(scene.world, scene.client)).toMatchObject({ commit: { root: 1n } });
    });

    it('is refused where nobody bid, and where no job is', async () => {
        await scene.world.post(scene.client, { jobId: 1 });
        expect(await commit(winner, { jobId: 1 })).toBe(341);
        scene.world.wait(2);
        expect(await commit(winner, { jobId: 1 })).toBe(341);
        expect(await commit(winner, { jobId: 2 })).toBe(340);
    });

    it('costs a refused Stake its gas and nothing else', async () => {
        scene.world.wait(2);
        const before = await loser.stake.getStake();
        await commit(loser);
        const after = await loser.stake.getStake();
        expect(after).toMatchObject({
            locked: before.locked,
            reserve: before.reserve,
            collateral: before.collateral,
        });
        expect(before.operating - after.operating).toBeLessThan(toNano('0.003'));
    });
});
