import { toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import { type JobClosing, readClosings } from '../../wrappers';
import { closingsOf, createScene, jobOf, type Scene, transactionOf } from './escrow-scenes';
import { GENEROUS } from './world';

const PRICE = toNano('0.5');

describe.each(['current', 'sandbox'] as const)('A job that keeps its money, %s fees', (fees) => {
    let scene: Scene;

    beforeAll(async () => {
        scene = await createScene({ fees }, async ({ world, client }) => {
            await world.post(client);
            await world.post(client, { jobId: 1, terms: { keep: true, items: 2 } });
        });
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    /** What the Escrow's transaction tells of endings. */
    function ending(result: SendMessageResult): JobClosing {
        expect(closingsOf(result, scene.client)).toEqual([]);
        const closings = readClosings(transactionOf(result, scene.client.escrow.address));
        expect(closings).toHaveLength(1);
        return closings[0] as JobClosing;
    }

    /**
     * Ends job 1, and expects that what it held is surplus to the nano, but for what `ends` paid out.
     *
     * @returns what was paid out of it, gas and all
     */
    async function end(step: () => Promise<SendMessageResult>): Promise<{
        readonly closing: JobClosing;
        readonly spent: bigint;
        readonly held: bigint;
    }> {
        const { held } = await jobOf(scene.world, scene.client, 1);
        const before = await scene.client.escrow.getEscrow();
        const wallet = await scene.world.balance(scene.client.wallet.address);
        const result = await step();
        const after = await scene.client.escrow.getEscrow();
        expect(after).toMatchObject({ held: before.held - held, open: before.open - 1n });
        expect(await scene.world.balance(scene.client.wallet.address)).toBeLessThanOrEqual(wallet);
        return {
            closing: ending(result),
            held,
            spent: held + before.surplus - after.surplus - (after.owed - before.owed),
        };
    }

    async function sell(): Promise<void> {
        await scene.world.bid(scene.providers[0], scene.client, { jobId: 1, price: PRICE });
        scene.world.wait(2);
    }

    const withdraw = () =>
        scene.client.escrow.sendWithdrawSurplus(scene.client.wallet.getSender(), GENEROUS);

    it.each([0, 1, 2])(
        'pays the provider as any other; the rest stays (%d of 2 items faulty)',
        async (faulty) => {
            const { stake } = scene.providers[0];
            await sell();
            await scene.world.commit(scene.providers[0], scene.client, { jobId: 1, faulty });
            const before = (await stake.getStake()).withdrawable;
            const { closing, spent } = await end(() =>
                scene.world.accept(scene.client, { jobId: 1 }),
            );
            const paid = (PRICE * BigInt(2 - faulty)) / 2n;
            const earned = (await stake.getStake()).withdrawable - before;
            expect(earned).toBe((paid * 99n) / 100n);
            expect(closing).toMatchObject({ jobId: 1, outcome: 'accepted', paid, refund: 0n });
            expect(spent - earned).toBeGreaterThan(0n);
            expect(spent - earned).toBeLessThan(toNano(fees === 'current' ? '0.002' : '0.012'));
        },
    );

    it('stays whole but for gas when nobody bids', async () => {
        scene.world.wait(2);
        const { closing, spent } = await end(() => scene.client.escrow.sendTick(1));
        expect(closing).toMatchObject({ outcome: 'no-bid', paid: 0n, refund: 0n });
        expect(spent).toBeLessThan(toNano(fees === 'current' ? '0.0015' : '0.01'));
    });

    it('stays when the client cancels, with what came along', async () => {
        await scene.world.bid(scene.providers[0], scene.client, { jobId: 1, price: PRICE });
        const { closing, spent } = await end(() =>
            scene.client.escrow.sendCancel(scene.client.wallet.getSender(), GENEROUS, 1),
        );
        expect(closing).toMatchObject({ outcome: 'cancelled', paid: 0n });
        expect(spent).toBeLessThan(-GENEROUS + toNano(fees === 'current' ? '0.004' : '0.02'));
        expect((await scene.providers[0].stake.getStake()).locked).toBe(0n);
    });

    it('stays when the winner does not commit; the compensation goes to the wallet', async () => {
        await sell();
        scene.world.wait(60);
        const wallet = await scene.world.balance(scene.client.wallet.address);
        const result = await scene.client.escrow.sendTick(1);
        expect(ending(result)).toMatchObject({ outcome: 'not-committed', paid: 0n });
        const gained = (await scene.world.balance(scene.client.wallet.address)) - wallet;
        expect(gained).toBeGreaterThan(PRICE / 10n);
    });

    it('comes back when the Escrow refuses it: nothing was kept for it', async () => {
        const wallet = await scene.world.balance(scene.client.wallet.address);
        const result = await scene.world.post(scene.client, { jobId: 7, terms: { keep: true } });
        expect(closingsOf(result, scene.client)).toMatchObject([{ jobId: 7, outcome: 'refused' }]);
        const lost = wallet - (await scene.world.balance(scene.client.wallet.address));
        expect(lost).toBeLessThan(toNano('0.02'));
    });

    it('is the client’s to withdraw, to the nano, and nothing of other jobs with it', async () => {
        await withdraw();
        scene.world.wait(2);
        await scene.client.escrow.sendTick(1);
        const { surplus, held, owed, rent } = await scene.client.escrow.getEscrow();
        expect(surplus).toBeGreaterThan(toNano('1'));
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(
            surplus + held + owed + rent,
        );
        const before = await scene.world.balance(scene.client.wallet.address);
        await withdraw();
        const after = await scene.client.escrow.getEscrow();
        expect(after).toMatchObject({ surplus: 0n, held });
        const gained = (await scene.world.balance(scene.client.wallet.address)) - before;
        expect(gained).toBeGreaterThan(surplus - toNano('0.005'));
        expect((await jobOf(scene.world, scene.client)).held).toBe(held);
    });

    it('is not given away with the refund of another job', async () => {
        scene.world.wait(2);
        await scene.client.escrow.sendTick(1);
        const kept = (await scene.client.escrow.getEscrow()).surplus;
        const job = await jobOf(scene.world, scene.client);
        const [closing] = closingsOf(await scene.client.escrow.sendTick(0), scene.client);
        // A refund takes what is left over along, the rent excepted.
        const { surplus, rent } = await scene.client.escrow.getEscrow();
        expect((closing?.value ?? 0n) + surplus).toBeGreaterThan(
            job.held + kept + rent - toNano('0.01'),
        );
    });
});
