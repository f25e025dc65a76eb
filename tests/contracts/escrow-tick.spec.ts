import { beginCell, external, toNano } from '@ton/core';
import { storeTick } from '../../build/Escrow/Escrow_Escrow';
import { accountAddress, checkFee } from '../../wrappers';
import {
    closingOf,
    closingsOf,
    createScene,
    deliver,
    jobOf,
    lastDeadline,
    listingsOf,
    refusal,
    releaseByTicks,
    type Scene,
} from './escrow-scenes';

const PRICE = toNano('0.5');

describe('Tick', () => {
    let scene: Scene;
    /** What a job holds beyond its ceiling and the check. */
    let keptForEnd: bigint;

    beforeAll(async () => {
        scene = await createScene({}, ({ world, client }) => world.post(client));
        const { held } = await jobOf(scene.world, scene.client);
        keptForEnd = held - toNano('1') - checkFee(scene.world.parameters, toNano('1'), 1);
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    const provider = () => scene.providers[0];

    /** The states in which a job may be left by everybody. */
    const abandoned = {
        'without a bid': () => Promise.resolve(),
        'with a bid': async () => {
            await scene.world.bid(scene.providers[0], scene.client, { price: PRICE });
        },
        declined: async () => {
            await abandoned['with a bid']();
            scene.world.wait(2);
            await scene.world.act(scene.providers[0], scene.client, { kind: 'decline', jobId: 0 });
        },
        raised: async () => {
            const raised = { jobId: 0, ceiling: toNano('1.5'), assurance: toNano('1') };
            const via = scene.client.wallet.getSender();
            await scene.client.escrow.sendRaiseCeiling(via, toNano('2'), raised);
        },
        committed: async () => {
            await abandoned['with a bid']();
            scene.world.wait(2);
            await scene.world.commit(scene.providers[0], scene.client);
        },
    };
    const outcomes = {
        'without a bid': 'no-bid',
        'with a bid': 'not-committed',
        declined: 'no-bid',
        raised: 'no-bid',
    };

    describe.each(Object.keys(outcomes) as (keyof typeof outcomes)[])('on a job %s', (state) => {
        it('is refused a second too early, at no cost, and releases all in the next', async () => {
            await abandoned[state]();
            const deadline = lastDeadline(await jobOf(scene.world, scene.client));
            const balance = await scene.world.balance(scene.client.escrow.address);
            scene.world.wait(deadline - 1 - scene.world.now);
            expect(await refusal(scene.client.escrow.sendTick(0))).toBe(342);
            expect(await scene.world.balance(scene.client.escrow.address)).toBe(balance);

            scene.world.wait(1);
            const result = await scene.client.escrow.sendTick(0);
            expect(closingOf(result, scene.client).outcome).toBe(outcomes[state]);
            expect(await scene.client.escrow.getEscrow()).toMatchObject({ held: 0n, open: 0n });
        });

        it('costs no more than what the job keeps for its end', async () => {
            await abandoned[state]();
            const job = await jobOf(scene.world, scene.client);
            scene.world.wait(lastDeadline(job) - scene.world.now);
            const { address } = scene.client.escrow;
            const before = await scene.world.balance(address);
            const provided = await provider().stake.getStake();
            const closing = closingOf(await scene.client.escrow.sendTick(0), scene.client);
            const earned = (await provider().stake.getStake()).withdrawable - provided.withdrawable;
            const { owed } = await scene.client.escrow.getEscrow();
            const left = await scene.world.balance(address);
            const spent = before - left - closing.value - earned;
            expect(spent).toBeGreaterThan(0n);
            expect(spent).toBeLessThanOrEqual(keptForEnd);
            expect(left).toBeGreaterThanOrEqual(owed);
        });

        it('works years later as well', async () => {
            await abandoned[state]();
            scene.world.wait(3 * 365 * 86_400);
            const [closing] = await releaseByTicks(scene.world, scene.client);
            expect(closing?.outcome).toBe(outcomes[state]);
        });
    });

    it('refunds a job without a bid: all but gas', async () => {
        const { held } = await jobOf(scene.world, scene.client);
        scene.world.wait(2);
        const closing = closingOf(await scene.client.escrow.sendTick(0), scene.client);
        expect(closing).toMatchObject({ jobId: 0, outcome: 'no-bid', paid: 0n, draw: 0n });
        expect(closing.value).toBeGreaterThan(held - toNano('0.0015'));
    });

    it('has a job whose client is silent checked, with certainty, and pays nobody yet', async () => {
        await abandoned.committed();
        const before = (await provider().stake.getStake()).withdrawable;
        const deadline = lastDeadline(await jobOf(scene.world, scene.client));
        const balance = await scene.world.balance(scene.client.escrow.address);
        scene.world.wait(deadline - 1 - scene.world.now);
        expect(await refusal(scene.client.escrow.sendTick(0))).toBe(342);
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(balance);

        scene.world.wait(1);
        const result = await scene.client.escrow.sendTick(0);
        expect(closingsOf(result, scene.client)).toEqual([]);
        expect(listingsOf(scene.world, result)).toMatchObject([
            { stage: 'check', round: 0, jobId: 0, amount: PRICE },
        ]);
        expect(await jobOf(scene.world, scene.client)).toMatchObject({
            state: 'checking',
            phase: 'claim',
            accepted: false,
        });
        expect((await provider().stake.getStake()).withdrawable).toBe(before);
        // The draw is certain: parameters and record of the test would have drawn nothing.
        expect(scene.world.parameters.verification.trial).toBe(0);
        expect(await refusal(scene.world.accept(scene.client))).toBe(341);
    });

    it('years later, too, leaves a silent client’s job checked, and no Tick is taken twice', async () => {
        await abandoned.committed();
        scene.world.wait(3 * 365 * 86_400);
        await scene.client.escrow.sendTick(0);
        expect(await refusal(scene.client.escrow.sendTick(0))).toBe(342);
        const [closing] = await releaseByTicks(scene.world, scene.client);
        expect(closing).toMatchObject({ outcome: 'void', paid: 0n });
        expect(await scene.client.escrow.getEscrow()).toMatchObject({ held: 0n, open: 0n });
    });

    it('takes the lock of a provider that did not commit: a tenth of the price and gas for the client, the rest burnt', async () => {
        await abandoned['with a bid']();
        const { held } = await jobOf(scene.world, scene.client);
        const { surplus } = await scene.client.escrow.getEscrow();
        const [provider] = scene.providers;
        const before = await provider.stake.getStake();
        const costs = await scene.world.market.getCosts();
        const burnt = await scene.world.balance(accountAddress(0n));
        const wallet = await scene.world.balance(scene.client.wallet.address);
        scene.world.wait(62);
        const result = await scene.client.escrow.sendTick(0);
        // The Stake's work on a penalty is prepaid for the dearest kind.
        const kept = toNano('0.012');
        expect(closingOf(result, scene.client).value).toBeGreaterThan(held - kept);
        const compensation = burnt + PRICE - (await scene.world.balance(accountAddress(0n)));
        // Beside the tenth, what posting and ending it cost; what a check would have cost came back.
        expect(compensation).toBeGreaterThan(PRICE / 10n + toNano('0.008'));
        expect(compensation).toBeLessThan(PRICE / 10n + costs.post);
        const after = await provider.stake.getStake();
        expect(after.locked).toBe(0n);
        expect(before.collateral - after.collateral).toBe(PRICE);
        const gained = (await scene.world.balance(scene.client.wallet.address)) - wallet;
        expect(gained).toBeGreaterThan(held + compensation - kept);
        expect(gained).toBeLessThan(held + compensation + surplus);
    });

    it('leaves a client no worse than it was before a job that nobody committed', async () => {
        const books = await scene.world.balance(scene.client.wallet.address);
        await scene.world.post(scene.client, { jobId: 1 });
        await scene.world.bid(scene.providers[0], scene.client, { jobId: 1, price: PRICE });
        scene.world.wait(62);
        await scene.client.escrow.sendTick(1);
        expect(await scene.world.balance(scene.client.wallet.address)).toBeGreaterThan(books);
    });

    it('finds nothing to do for a job that is not open', async () => {
        expect(await refusal(scene.client.escrow.sendTick(1))).toBe(340);
        scene.world.wait(2);
        await scene.client.escrow.sendTick(0);
        expect(await refusal(scene.client.escrow.sendTick(0))).toBe(340);
    });

    it('holds its words and nothing else, since the account pays for its size', async () => {
        scene.world.wait(2);
        const words = beginCell().store(storeTick({ $$type: 'Tick', jobId: 0n }));
        const balance = await scene.world.balance(scene.client.escrow.address);
        const long = beginCell().storeBuilder(words).storeUint(0, 8).endCell();
        expect(await refusal(deliver(scene.world, scene.client, long))).toBe(355);
        const wide = beginCell().storeBuilder(words).storeRef(beginCell().endCell()).endCell();
        expect(await refusal(deliver(scene.world, scene.client, wide))).toBe(355);
        const { init } = scene.client.escrow;
        if (init === undefined) throw new Error('The Escrow of the test has no StateInit.');
        const heavy = external({ to: scene.client.escrow.address, init, body: words.endCell() });
        expect(await refusal(scene.world.chain.sendMessage(heavy))).toBe(355);
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(balance);
        await deliver(scene.world, scene.client, words.endCell());
    });
});
