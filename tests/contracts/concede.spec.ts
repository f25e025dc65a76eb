import { toNano } from '@ton/core';
import { accountAddress } from '../../wrappers';
import { CheckWorld, FAR, PRICE, SAYS } from './check-world';
import { closingOf, exitOf } from './escrow-scenes';

const BURN = accountAddress(0n);

describe('A provider that concedes', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        await world.drawn();
        await world.check({ opened: FAR });
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    const concede = (by = world.accused, jobId = 0) =>
        world.step(world.act(by, { kind: 'concede', jobId }));

    it.each(['before the jury has its seed', 'while jurors claim'])(
        '%s loses the lock and a fine, is not convicted, and nobody is held',
        async (when) => {
            const verifier = await world.worth(world.operator(0));
            const juror = await world.worth(world.operator(1));
            if (when === 'while jurors claim') {
                await world.seed();
                await world.seat();
                await world.endOfPhase(0, 1);
            }
            const stake = await world.accused.stake.getStake();
            const burnt = await world.world.balance(BURN);
            const client = await world.client.wallet.getBalance();
            const result = await concede();

            const closing = closingOf(result, world.client);
            expect(closing).toMatchObject({ outcome: 'conceded', paid: 0n });
            const after = await world.accused.stake.getStake();
            // What stands behind the lock.
            const fine = PRICE * BigInt(world.parameters.factor);
            expect(stake.reserve - after.reserve).toBe(fine);
            expect(stake.collateral - after.collateral).toBe(PRICE);
            expect(await world.accused.stake.getStanding()).toMatchObject({
                convicted: false,
                heldUntil: 0n,
            });
            // The client its price, the verifier its bond and the catch, the rest is burnt.
            const compensated = (await world.client.wallet.getBalance()) - client - closing.value;
            expect(compensated).toBeGreaterThan(PRICE - toNano('0.001'));
            const caught = (await world.worth(world.operator(0))) - verifier;
            const bond = await world.verifierBond();
            const reward = 10n * world.fee();
            // Less than the quarter of what is forfeited that both may have together.
            expect(PRICE + reward).toBeLessThan((fine + PRICE) / 4n);
            expect(caught).toBeGreaterThan(bond + reward - toNano('0.05'));
            expect(caught).toBeLessThan(2n * bond + reward);
            expect(await world.world.balance(BURN)).toBeGreaterThan(burnt + (fine + PRICE) / 2n);
            expect(juror - (await world.worth(world.operator(1)))).toBeLessThan(toNano('0.01'));
        },
    );

    it('does so itself, and for its job', async () => {
        const to = world.client.escrow.address;
        expect(exitOf(await concede(world.operator(3)), to)).toBe(350);
        expect(exitOf(await concede(world.accused, 5), to)).toBe(340);
        await world.drawn(1).catch(() => undefined);
    });

    it('is too late when the claims have ended, and on appeal', async () => {
        await world.seed();
        await world.seat();
        await world.endOfPhase();
        const to = world.client.escrow.address;
        expect(exitOf(await concede(), to)).toBe(365);
        const seats = await world.jurors();
        for (const seat of seats) await world.sealSeat(seat, SAYS.wrong);
        expect(exitOf(await concede(), to)).toBe(365);
        for (const seat of seats) await world.revealSeat(seat, SAYS.wrong);
        await world.tick();
        expect(exitOf(await concede(), to)).toBe(341);
        await world.dispute(world.accused.operator, { leaf: 0 });
        expect(exitOf(await concede(), to)).toBe(365);
    });

    it('cannot do so again and again for the lock alone: where the reserve has too little it is convicted', async () => {
        const price = toNano('10');
        const ample = await CheckWorld.create({ operators: 2 });
        const admit = (jobId: number) =>
            ample.step(ample.act(ample.accused, { kind: 'concede', jobId }));
        // All under way before the first is found out, as the reserve has to back each bid.
        for (const jobId of [0, 1, 2]) {
            await ample.committed(jobId, { price, terms: { items: 1000 } });
        }
        for (const jobId of [0, 1]) {
            await ample.step(ample.world.accept(ample.client, { jobId }));
            await ample.check({ jobId, opened: FAR });
        }
        const before = await ample.accused.stake.getStake();
        await admit(0);
        const once = await ample.accused.stake.getStake();
        expect(before.reserve - once.reserve).toBe(price * BigInt(ample.parameters.factor));
        expect((await ample.accused.stake.getStanding()).convicted).toBe(false);
        expect(once.reserve).toBeLessThan(price * BigInt(ample.parameters.factor));

        await admit(1);
        const twice = await ample.accused.stake.getStake();
        expect(twice.reserve).toBe(0n);
        expect(twice.locked).toBe(0n);
        expect(before.collateral - twice.collateral).toBe(3n * price);
        expect((await ample.accused.stake.getStanding()).convicted).toBe(true);
        await ample.audit();
    });

    it('cannot concede a report, nor a dispute', async () => {
        const to = world.client.escrow.address;
        await world.release();
        const fresh = await CheckWorld.create({ operators: 2 });
        await fresh.drawn();
        await fresh.check({ opened: FAR, kind: 'missing-data' });
        const words = { kind: 'concede', jobId: 0 } as const;
        expect(exitOf(await fresh.act(fresh.accused, words), fresh.client.escrow.address)).toBe(
            365,
        );
        await fresh.audit();
        void to;
    });
});
