import { beginCell, toNano } from '@ton/core';
import { sha256_sync } from '@ton/crypto';
import { storeAccept } from '../../build/Escrow/Escrow_Escrow';
import { closingOf, createScene, deliver, jobOf, refusal, type Scene } from './escrow-scenes';
import { readStake } from './stake-state';
import type { Provider } from './world';

const PRICE = toNano('0.5');

describe('Accept', () => {
    let scene: Scene;
    let winner: Provider;

    beforeAll(async () => {
        scene = await createScene({}, async ({ world, client, providers: [one] }) => {
            await world.post(client, { terms: { items: 7 } });
            await world.bid(one, client, { price: PRICE });
            world.wait(2);
        });
        winner = scene.providers[0];
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    function commit(faulty = 0) {
        return scene.world.commit(winner, scene.client, { root: 0xd00dn, faulty });
    }

    function accept(seed?: bigint) {
        return scene.world.accept(scene.client, seed === undefined ? {} : { seed });
    }

    it('pays the provider less the fee, the client the rest, and draws', async () => {
        await commit();
        const held = (await jobOf(scene.world, scene.client)).held;
        const { surplus } = await scene.client.escrow.getEscrow();
        const before = await winner.stake.getStake();
        const result = await accept();

        const fee = PRICE / 100n;
        expect(await scene.client.escrow.getEscrow()).toMatchObject({
            owed: fee,
            held: 0n,
            open: 0n,
        });
        const after = await winner.stake.getStake();
        expect(after.withdrawable - before.withdrawable).toBe(PRICE - fee);
        expect(after.operating).toBeGreaterThan(before.operating - toNano('0.0001'));

        const closing = closingOf(result, scene.client);
        expect(closing).toMatchObject({ jobId: 0, outcome: 'accepted', paid: PRICE });
        expect(closing.value).toBeLessThan(held - PRICE + surplus);
        expect(closing.value).toBeGreaterThan(held - PRICE - toNano('0.004'));
    });

    it('draws the hash of both seeds, the root, the Escrow and the job', async () => {
        await commit();
        const draw = closingOf(await accept(), scene.client).draw;
        const preimage = Buffer.concat([
            bytes(scene.world.seed(0), 16),
            bytes(0xd00dn, 32),
            bytes(scene.world.providerSeed(winner, 0), 16),
            scene.client.escrow.address.hash,
            bytes(0n, 4),
        ]);
        expect(draw).toBe(BigInt(`0x${sha256_sync(preimage).toString('hex')}`));
    });

    it('leaves the lock where it is, until its own end', async () => {
        await commit();
        const { lockUntil } = (
            (await jobOf(scene.world, scene.client)) as { bid: { lockUntil: number } }
        ).bid;
        const { buckets } = await readStake(scene.world, winner.stake.address);
        await accept();
        expect((await readStake(scene.world, winner.stake.address)).buckets).toEqual(buckets);
        expect((await winner.stake.getStake()).locked).toBe(PRICE);
        scene.world.wait(lockUntil + scene.world.parameters.verification.bucket - scene.world.now);
        await scene.world.post(scene.client, { jobId: 1, ceiling: toNano('0.02') });
        await scene.world.bid(winner, scene.client, { jobId: 1, price: toNano('0.01') });
        expect((await winner.stake.getStake()).locked).toBe(toNano('0.01'));
    });

    it.each([
        [1, (PRICE * 6n) / 7n],
        [6, PRICE / 7n],
        [7, 0n],
    ])('pays nothing for faulty items: %d of 7', async (faulty, paid) => {
        await commit(faulty);
        const before = (await winner.stake.getStake()).withdrawable;
        const closing = closingOf(await accept(), scene.client);
        const fee = (paid * 100n) / 10_000n;
        expect(closing.paid).toBe(paid);
        expect((await winner.stake.getStake()).withdrawable - before).toBe(paid - fee);
        expect(closing.value).toBeGreaterThan(toNano('1') - paid);
    });

    it('with a wrong seed is refused before it costs anything', async () => {
        await commit();
        const before = await scene.world.balance(scene.client.escrow.address);
        for (const seed of [0n, scene.world.seed(0) ^ 1n, scene.world.seed(1)]) {
            expect(await refusal(accept(seed))).toBe(344);
        }
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(before);
    });

    it('is refused before the commit', async () => {
        expect(await refusal(accept())).toBe(341);
        await commit();
    });

    it('is taken in the last second and refused in the next', async () => {
        await commit();
        scene.world.wait(scene.world.parameters.acceptWindow);
        expect(await refusal(accept())).toBe(343);

        await scene.restore();
        await commit();
        scene.world.wait(scene.world.parameters.acceptWindow - 1);
        expect(closingOf(await accept(), scene.client).outcome).toBe('accepted');
    });

    it('works once: a repeated one finds no job', async () => {
        await commit();
        await accept();
        const before = await scene.world.balance(scene.client.escrow.address);
        expect(await refusal(accept())).toBe(340);
        expect(await scene.world.balance(scene.client.escrow.address)).toBe(before);
    });

    it('of one job leaves another with the same seed committed', async () => {
        await scene.world.post(scene.client, { jobId: 1, terms: { seedHash: seedHashOf(0) } });
        await commit();
        await accept();
        expect((await jobOf(scene.world, scene.client, 1)).state).toBe('bidding');
        expect(await refusal(scene.world.accept(scene.client, { jobId: 1, seed: 0n }))).toBe(341);
    });

    it('holds its words and nothing else, since the account pays for its size', async () => {
        await commit();
        const words = beginCell().store(
            storeAccept({ $$type: 'Accept', jobId: 0n, seed: scene.world.seed(0) }),
        );
        const padded = [
            beginCell().storeBuilder(words).storeBit(false).endCell(),
            beginCell().storeBuilder(words).storeRef(beginCell().endCell()).endCell(),
        ];
        for (const body of padded) {
            expect(await refusal(deliver(scene.world, scene.client, body))).toBe(355);
        }
        const result = await deliver(scene.world, scene.client, words.endCell());
        expect(closingOf(result, scene.client).outcome).toBe('accepted');
    });

    function seedHashOf(jobId: number): bigint {
        return scene.world.terms(jobId).seedHash;
    }

    function bytes(value: bigint, length: number): Buffer {
        return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
    }
});
