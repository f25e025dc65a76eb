import { beginCell, type Cell, toNano } from '@ton/core';
import { ErrorBadTerms, storeTick } from '../../build/Escrow/Escrow_Escrow';
import { checkFee, encodePost, lockHorizon } from '../../wrappers';
import {
    closingOf,
    createScene,
    deliver,
    exitOf,
    expectSound,
    jobOf,
    refusal,
    releaseByTicks,
    type Scene,
} from './escrow-scenes';
import { deepIds, plantJobs } from './escrow-states';
import { fromWallet } from './interleaving';
import { GENEROUS, type Provider } from './world';

const PRICE = toNano('0.5');

describe('Robbers who drain', () => {
    let scene: Scene;
    let provider: Provider;

    beforeAll(async () => {
        scene = await createScene({}, async ({ world, client }) => {
            await world.post(client, { terms: { bidWindowSeconds: 20 } });
        });
        provider = scene.providers[0];
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    async function sell(jobId = 0): Promise<void> {
        await scene.world.bid(provider, scene.client, { jobId, price: PRICE });
    }

    /** A tree of cells that all differ. */
    function ballast(cells: number): Cell {
        let level = [...Array(cells).keys()].map((n) => beginCell().storeUint(n, 64).endCell());
        while (level.length > 1) {
            const above: Cell[] = [];
            for (let at = 0; at < level.length; at += 4) {
                const node = beginCell();
                level.slice(at, at + 4).forEach((child) => node.storeRef(child));
                above.push(node.endCell());
            }
            level = above;
        }
        return level[0] ?? beginCell().endCell();
    }

    it('with ticks too early spend nothing of anybody', async () => {
        await sell();
        const before = await scene.world.balance(scene.client.escrow.address);
        for (let n = 0; n < 20; n++)
            expect(await refusal(scene.client.escrow.sendTick(0))).toBe(342);
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(before);
    });

    it('with externals of 64 KB, whose way the account would pay, spend nothing of anybody', async () => {
        scene.world.wait(20);
        const before = await scene.world.balance(scene.client.escrow.address);
        const body = beginCell()
            .store(storeTick({ $$type: 'Tick', jobId: 0n }))
            .storeRef(ballast(3000))
            .endCell();
        expect(await refusal(deliver(scene.world, scene.client, body))).toBe(355);
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(before);
        await scene.client.escrow.sendTick(0);
    });

    it('with ids that deepen the dictionary do not make a commit run out of gas', async () => {
        // A winner whose commit failed would lose its lock, a tenth of the price of it to the client.
        await plantJobs(scene.world, scene.client, deepIds.toOpen);
        scene.open();
        const jobId = 1 << 20;
        await sell(jobId);
        scene.world.wait(20);
        await scene.world.commit(provider, scene.client, { jobId });
        expect((await jobOf(scene.world, scene.client, jobId)).state).toBe('committed');
    });

    it('with two acceptances in one block are paid once', async () => {
        await sell();
        scene.world.wait(20);
        await scene.world.commit(provider, scene.client);
        const before = (await provider.stake.getStake()).withdrawable;
        await scene.world.accept(scene.client);
        expect(await refusal(scene.world.accept(scene.client))).toBe(340);
        expect((await provider.stake.getStake()).withdrawable - before).toBe((PRICE * 99n) / 100n);
    });

    it('with a lock that ends a second too soon are refused, and with the last second forfeited', async () => {
        const end = scene.world.now + 20 + 60 + lockHorizon(scene.world.parameters);
        const early = { price: PRICE, lockUntil: end - 1 };
        const short = await scene.world.bid(provider, scene.client, early);
        expect(exitOf(short, scene.client.escrow.address)).toBe(347);
        await scene.world.bid(provider, scene.client, { price: PRICE, lockUntil: end });
        const before = (await provider.stake.getStake()).collateral;
        scene.world.wait(end - 1 - scene.world.now);
        await scene.client.escrow.sendTick(0);
        expect(before - (await provider.stake.getStake()).collateral).toBe(PRICE);
    });

    it('who are late by the whole life of a lock lose nothing, and the client gets its refund', async () => {
        await sell();
        const { held } = await jobOf(scene.world, scene.client);
        scene.world.wait(lockHorizon(scene.world.parameters) + 80);
        const before = (await provider.stake.getStake()).collateral;
        const closing = closingOf(await scene.client.escrow.sendTick(0), scene.client);
        expect(closing.value).toBeGreaterThan(held - toNano('0.012'));
        expect((await provider.stake.getStake()).collateral).toBe(before);
    });

    it('that post with `open: true` on an Escrow that exists pay for code that nobody needs', async () => {
        const before = await scene.world.balance(scene.client.escrow.address);
        const wallet = await scene.world.balance(scene.client.wallet.address);
        await scene.world.post(scene.client, { jobId: 1, open: true });
        expect(await scene.client.escrow.getEscrow()).toMatchObject({ nextJob: 2n, open: 2n });
        await releaseByTicks(scene.world, scene.client);
        await scene.client.escrow.sendWithdrawSurplus(scene.client.wallet.getSender(), GENEROUS);
        const lost = wallet + before - (await scene.world.balance(scene.client.wallet.address));
        expect(lost).toBeGreaterThan(0n);
        expect(lost).toBeLessThan(toNano('0.02'));
    });

    it('that post between a proposal of parameters and its use are held to what is in force', async () => {
        const { world, client } = scene;
        const dearer = { ...world.parameters, version: 2, checkFee: 24_000, protocolFee: 1_000 };
        await world.market.sendProposeParameters(world.owner.getSender(), GENEROUS, dearer);
        world.wait(3600);
        await world.post(client, { jobId: 1 });
        await world.market.sendApplyParameters(world.owner.getSender(), GENEROUS);
        // Assurance for the old check is too little for the new one: it comes back from the Market.
        const result = await world.post(client, { jobId: 2 });
        expect(exitOf(result, world.market.address)).toBe(326);
        const assurance = checkFee(dearer, toNano('1'), 1);
        await world.post(client, { jobId: 2, assurance });
        expect((await jobOf(world, client, 1)).parameters.protocolFee).toBe(100);
        expect((await jobOf(world, client, 2)).parameters.protocolFee).toBe(1_000);
        await releaseByTicks(world, client);
    });

    it('that lie about the parameters that they have are refused, whole', async () => {
        const { world, client } = scene;
        const next = { ...world.parameters, version: 2 };
        await world.market.sendProposeParameters(world.owner.getSender(), GENEROUS, next);
        world.wait(3600);
        const { parametersTag: old } = await client.escrow.getEscrow();
        await world.market.sendApplyParameters(world.owner.getSender(), GENEROUS);
        const current = (await world.market.getParameters()).hash().readBigUInt64BE();
        for (const [jobId, parametersTag, outcome] of [
            [1, current, 'refused'],
            [1, old, 'taken'],
        ] as const) {
            const body = encodePost({
                index: 0,
                jobId,
                ceiling: toNano('1'),
                assurance: toNano('1.3'),
                open: false,
                parametersTag,
                terms: world.terms(jobId),
            });
            const source = client.wallet.address;
            const post = fromWallet(source, world.market.address, toNano('3'), body);
            const result = await world.chain.sendMessage(post);
            if (outcome === 'refused') {
                expect(closingOf(result, client)).toMatchObject({ jobId, outcome });
                expect(closingOf(result, client).value).toBeGreaterThan(toNano('2.99'));
            } else {
                expect((await jobOf(world, client, jobId)).parameters.version).toBe(2);
            }
        }
    });

    it('that withdraw surplus again and again never reach money of jobs, fees or rent', async () => {
        await sell();
        scene.world.wait(20);
        await scene.world.commit(provider, scene.client);
        await scene.world.post(scene.client, { jobId: 1 });
        await scene.world.accept(scene.client);
        for (let n = 0; n < 5; n++) {
            await scene.client.escrow.sendWithdrawSurplus(
                scene.client.wallet.getSender(),
                GENEROUS,
            );
            const view = await scene.client.escrow.getEscrow();
            const balance = await scene.world.balance(scene.client.escrow.address);
            expect(balance).toBeGreaterThanOrEqual(view.held + view.owed + view.rent);
        }
    });

    it('that overflow amounts pay their gas', async () => {
        const { world, client } = scene;
        const most = (1n << 64n) - 1n;
        for (const [ceiling, assurance] of [
            [most, most],
            [most, 0n],
            [1n, most],
        ] as const) {
            const body = encodePost({
                index: 0,
                jobId: 1,
                ceiling,
                assurance,
                open: false,
                parametersTag: 0n,
                terms: world.terms(1),
            });
            const source = client.wallet.address;
            const post = fromWallet(source, world.market.address, GENEROUS, body);
            expect(exitOf(await world.chain.sendMessage(post), world.market.address)).not.toBe(0);
        }
        await expectSound(world, [client]);
    });

    it('cannot bloat their Escrow with terms until rent eats into what it holds for others', async () => {
        const { world, client } = scene;
        const post = (rule: Cell) =>
            world.post(client, { jobId: 1, value: toNano('4'), terms: { rule } });
        const refused = await post(beginCell().storeRef(beginCell().endCell()).endCell());
        expect(exitOf(refused, world.market.address)).toBe(Number(ErrorBadTerms));
        expect(exitOf(await post(ballast(1500)), world.market.address)).toBe(Number(ErrorBadTerms));
        const rule = beginCell().storeBuffer(Buffer.alloc(127, 1)).endCell();
        expect(exitOf(await post(rule), world.market.address)).toBe(0);
        await sell(1);
        world.wait(2);
        await world.commit(provider, client, { jobId: 1 });
        const closing = closingOf(await world.accept(client, { jobId: 1 }), client);
        expect(closing).toMatchObject({ outcome: 'accepted', paid: PRICE });
    });
});
