import { beginCell, toNano } from '@ton/core';
import { storeBid } from '../../build/Escrow/Escrow_Escrow';
import {
    accountId,
    checkFee,
    DEVNET_PARAMETERS,
    jobCommitment,
    lockHorizon,
    requiredLock,
    Stake,
    type MarketParameters,
} from '../../wrappers';
import { createScene, exitOf, jobOf, type Scene, speakFor } from './escrow-scenes';
import { GENEROUS, type Provider } from './world';

const CEILING = toNano('0.1');
const PRICE = toNano('0.05');
const LEAST_RATE = BigInt(DEVNET_PARAMETERS.minCheckRate);

describe('Bid', () => {
    let scene: Scene;
    let parameters: MarketParameters;
    let one: Provider;
    let two: Provider;

    beforeAll(async () => {
        scene = await createScene({ parameters: DEVNET_PARAMETERS }, ({ world, client }) =>
            world.post(client, {
                ceiling: CEILING,
                terms: { bidWindowSeconds: 20, takePrice: toNano('0.01') },
            }),
        );
        [one, two] = scene.providers;
        parameters = scene.world.parameters;
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    type BidOptions = Parameters<Scene['world']['bid']>[2];

    async function bid(provider: Provider, options: BidOptions) {
        return scene.world.bid(provider, scene.client, options);
    }

    /** Bids, and expects that the Escrow refuses with `code` and that the lock is free at once. */
    async function expectRefused(provider: Provider, options: BidOptions, code: number) {
        const before = await provider.stake.getStake();
        const result = await bid(provider, options);
        expect(exitOf(result, scene.client.escrow.address)).toBe(code);
        const after = await provider.stake.getStake();
        expect(after.seqno).toBe(before.seqno + 1n);
        expect(after.locked).toBe(before.locked);
    }

    async function standing() {
        const job = await jobOf(scene.world, scene.client);
        if (job.state !== 'bidding' && job.state !== 'assigned') throw new Error('Not on sale.');
        return job;
    }

    /** A bid as a Stake would send it, whatever its record. */
    function forged(operator: bigint, words: { jobId?: bigint; checkRate?: bigint } = {}) {
        return beginCell()
            .store(
                storeBid({
                    $$type: 'Bid',
                    jobId: words.jobId ?? 0n,
                    lock: PRICE,
                    lockUntil: 0xffffffffn,
                    price: PRICE,
                    commitment: 0n,
                    operator,
                    reserve: toNano('100000'),
                    checkRate: words.checkRate ?? 0n,
                }),
            )
            .endCell();
    }

    function rankOf(price: bigint, rate = 10_000n): bigint {
        return price + (checkFee(parameters, price, 1) * rate) / 10_000n;
    }

    it('is stored with its rank, and its lock stands in the Stake', async () => {
        await bid(one, { price: PRICE });
        const { bid: best } = await standing();
        expect(best).toMatchObject({ price: PRICE, lock: PRICE, checkRate: 10_000 });
        expect(best?.rank).toBe(rankOf(PRICE));
        expect(best?.stake.equals(one.stake.address)).toBe(true);
        expect(best?.commitment).toBe(jobCommitment(scene.world.jobKey(one, 0)));
        expect((await one.stake.getStake()).locked).toBe(PRICE);
    });

    describe('comes from the Stake of the operator in it, or is refused', () => {
        it('from a wallet that names itself, another or a Stake as operator', async () => {
            for (const operator of [
                one.operator.address,
                two.operator.address,
                one.stake.address,
            ]) {
                const result = await one.operator.send({
                    to: scene.client.escrow.address,
                    value: GENEROUS,
                    body: forged(accountId(operator)),
                });
                expect(exitOf(result, scene.client.escrow.address)).toBe(303);
            }
        });

        it('from a Stake of another Market', async () => {
            const elsewhere = Stake.ofOperator(
                { ...scene.world.deployment, market: scene.world.owner.address },
                one.operator.address,
            );
            const { address } = scene.client.escrow;
            const words = forged(accountId(one.operator.address));
            const result = await speakFor(scene.world, elsewhere.address, address, words);
            expect(exitOf(result, scene.client.escrow.address)).toBe(303);
        });
    });

    it('on a job that is not open bounces', async () => {
        await expectRefused(one, { jobId: 1, price: PRICE, lock: PRICE }, 340);
        await scene.client.escrow.sendCancel(scene.client.wallet.getSender(), GENEROUS, 0);
        await expectRefused(one, { price: PRICE, lock: PRICE }, 340);
    });

    it('is taken in the last second and not in the next', async () => {
        scene.world.wait(19);
        await bid(one, { price: PRICE });
        expect((await standing()).bid?.price).toBe(PRICE);
        scene.world.wait(1);
        await expectRefused(two, { price: PRICE / 2n }, 343);
    });

    it('on an unsold job, and on a committed one, bounces', async () => {
        scene.world.wait(20);
        await expectRefused(one, { price: PRICE }, 343);

        await scene.restore();
        await bid(one, { price: PRICE });
        scene.world.wait(20);
        await scene.world.commit(one, scene.client);
        await expectRefused(two, { price: PRICE, lock: PRICE }, 341);
    });

    it('is at most the ceiling', async () => {
        await expectRefused(one, { price: CEILING + 1n }, 345);
        await bid(one, { price: CEILING });
        expect((await standing()).bid?.price).toBe(CEILING);
    });

    it.each([
        ['the price', CEILING, toNano('0.09')],
        ['half the ceiling', CEILING, 1n],
        ['half an odd ceiling, rounded up', CEILING + 1n, 1n],
        ['the minimum', toNano('0.002'), 1n],
    ])('locks at least %s', async (_what, ceiling, price) => {
        await scene.world.post(scene.client, { jobId: 1, ceiling });
        const lock = requiredLock(parameters, price, ceiling);
        expect(lock).toBeGreaterThanOrEqual(price);
        await expectRefused(one, { jobId: 1, price, lock: lock - 1n }, 346);
        await bid(one, { jobId: 1, price, lock });
        expect(await jobOf(scene.world, scene.client, 1)).toMatchObject({ bid: { lock } });
    });

    it('locks past the last window that the lock may back', async () => {
        const end = scene.world.now + 20 + 60 + lockHorizon(parameters);
        await expectRefused(one, { price: PRICE, lockUntil: end - 1 }, 347);
        scene.world.wait(7); // The end does not depend on when the bid is made.
        await bid(one, { price: PRICE, lockUntil: end });
        expect((await standing()).bid?.lockUntil).toBe(end);
    });

    it('has a reserve of the factor times its lock', async () => {
        const { reserve } = await one.stake.getStake();
        const lock = reserve / BigInt(parameters.factor);
        await expectRefused(one, { price: PRICE, lock: lock + 1n }, 348);
        await bid(one, { price: PRICE, lock });
        expect((await standing()).bid?.lock).toBe(lock);
    });

    it('replaces a standing bid by the minimum step in rank, and frees its lock', async () => {
        await bid(one, { price: PRICE });
        const best = rankOf(PRICE);
        // The price whose rank is the first that is a step of one percent better.
        let price = PRICE;
        while (rankOf(price) * 10_100n > best * 10_000n) price -= 1_000n;
        while (rankOf(price + 1n) * 10_100n <= best * 10_000n) price += 1n;

        await expectRefused(two, { price: price + 1n }, 349);
        expect((await standing()).bid?.stake.equals(one.stake.address)).toBe(true);
        const held = (await scene.client.escrow.getEscrow()).held;
        await bid(two, { price });
        expect((await standing()).bid?.stake.equals(two.stake.address)).toBe(true);
        expect((await one.stake.getStake()).locked).toBe(0n);
        expect((await two.stake.getStake()).locked).toBe(CEILING / 2n);
        expect((await scene.client.escrow.getEscrow()).held).toBe(held);
    });

    it('of equal rank leaves the earlier one', async () => {
        await bid(one, { price: PRICE });
        await expectRefused(two, { price: PRICE }, 349);
        expect((await standing()).bid?.stake.equals(one.stake.address)).toBe(true);
    });

    it('may better the same Stake’s own', async () => {
        await bid(one, { price: PRICE });
        await bid(one, { price: PRICE / 2n });
        expect((await standing()).bid?.price).toBe(PRICE / 2n);
        expect((await one.stake.getStake()).locked).toBe(CEILING / 2n);
    });

    it('at the take price wins at once, from behind a standing bid', async () => {
        await bid(one, { price: PRICE });
        await bid(two, { price: toNano('0.01') });
        const job = await standing();
        expect(job).toMatchObject({ state: 'assigned', assignedAt: scene.world.now });
        await expectRefused(scene.providers[2], { price: 1n, lock: PRICE }, 343);
        await scene.world.commit(two, scene.client);
        expect((await jobOf(scene.world, scene.client)).state).toBe('committed');
    });

    it('a nano over the take price waits for the end of the window', async () => {
        await bid(one, { price: toNano('0.01') + 1n });
        expect(await standing()).toMatchObject({
            state: 'bidding',
            biddingEnd: scene.world.now + 20,
        });
    });

    it.each([
        ['the minimum over a long record', 0, 100n, LEAST_RATE],
        ['the record', 0, 700n, 700n],
        ['the client', 5_000, 700n, 5_000n],
        ['everything, of a new node', 0, 10_000n, 10_000n],
    ])('ranks with the highest check rate: %s', async (_which, asked, record, rate) => {
        const options = { jobId: 1, ceiling: CEILING, terms: { checkRate: asked } };
        await scene.world.post(scene.client, options);
        const words = forged(accountId(one.operator.address), { jobId: 1n, checkRate: record });
        await speakFor(scene.world, one.stake.address, scene.client.escrow.address, words);
        expect(await jobOf(scene.world, scene.client, 1)).toMatchObject({
            bid: { rank: rankOf(PRICE, rate), checkRate: Number(rate) },
        });
    });

    it('adds to the job once what tells a Stake that it was outbid and what a commit costs', async () => {
        const before = await standing();
        await bid(one, { price: PRICE });
        const first = (await standing()).held - before.held;
        expect(first).toBeGreaterThan(0n);
        expect(first).toBeLessThan(toNano('0.003'));
        await bid(two, { price: PRICE / 2n });
        await bid(one, { price: PRICE / 4n });
        expect((await standing()).held - before.held).toBe(first);
    });

    it('pays for itself: the rent is untouched', async () => {
        await bid(one, { price: PRICE });
        await bid(two, { price: PRICE / 2n });
        const view = await scene.client.escrow.getEscrow();
        const balance = await scene.world.balance(scene.client.escrow.address);
        expect(balance - view.held - view.owed).toBeGreaterThanOrEqual(view.rent);
    });
});
