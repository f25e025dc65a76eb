import { toNano } from '@ton/core';
import { checkFee } from '../../wrappers';
import { closingOf, exitOf } from './escrow-scenes';
import { type Client, GENEROUS, World } from './world';

describe.each(['current', 'sandbox'] as const)('The least value of a Post, %s fees', (fees) => {
    let world: World;
    let client: Client;

    beforeEach(async () => {
        world = await World.create({ fees });
        client = await world.client();
    });

    it('opens an Escrow and its first job, and a nano less bounces from the Market', async () => {
        const costs = await world.market.getCosts();
        const ceiling = toNano('1');
        const least =
            ceiling + checkFee(world.parameters, ceiling, 1) + costs.post + costs.openEscrow;
        const short = await world.post(client, { value: least - 1n });
        expect(exitOf(short, world.market.address)).toBe(305);
        const enough = await world.post(client, { value: least });
        expect(exitOf(enough, client.escrow.address)).toBe(0);
        expect((await client.escrow.getEscrow()).open).toBe(1n);
    });

    it('holds for a second job too, with and without new parameters', async () => {
        await world.post(client);
        const costs = await world.market.getCosts();
        const ceiling = toNano('1');
        const least = ceiling + checkFee(world.parameters, ceiling, 1) + costs.post;
        for (const [index, parametersTag] of [
            0n,
            (await client.escrow.getEscrow()).parametersTag,
        ].entries()) {
            const jobId = index + 1;
            const posting = {
                index: 0,
                jobId,
                ceiling,
                assurance: checkFee(world.parameters, ceiling, 1),
                open: false,
                parametersTag,
                terms: world.terms(jobId),
            };
            const via = client.wallet.getSender();
            const short = await world.market.sendPost(via, least - 1n, posting);
            expect(exitOf(short, world.market.address)).toBe(305);
            await world.market.sendPost(via, least, posting);
            expect(await client.escrow.getEscrow()).toMatchObject({ open: BigInt(jobId + 1) });
        }
    });

    it('is refused for a missing nano of rent, and taken at none', async () => {
        await world.post(client);
        await client.escrow.sendCancel(client.wallet.getSender(), GENEROUS, 0);
        await client.escrow.sendWithdrawSurplus(client.wallet.getSender(), GENEROUS);
        const start = world.chain.snapshot();

        // What reaches the Escrow is the value less what stays with the Market.
        const least = await leastTaken(toNano('1'), toNano('2'));
        await world.chain.loadFrom(start);
        expect(closingOf(await attempt(least - 1n), client).outcome).toBe('refused');
        await world.chain.loadFrom(start);
        await attempt(least);
        const view = await client.escrow.getEscrow();
        const balance = await world.balance(client.escrow.address);
        expect(view.open).toBe(1n);
        expect(balance - view.held - view.owed).toBeGreaterThanOrEqual(view.rent);

        function attempt(value: bigint) {
            return world.post(client, { jobId: 1, value });
        }

        async function leastTaken(below: bigint, above: bigint): Promise<bigint> {
            let [low, high] = [below, above * 2n];
            while (high - low > 1n) {
                const middle = (low + high) / 2n;
                await world.chain.loadFrom(start);
                await attempt(middle);
                if ((await client.escrow.getEscrow()).open === 1n) high = middle;
                else low = middle;
            }
            return high;
        }
    });
});
