import { toNano } from '@ton/core';
import { CheckWorld, FAR, SAYS, SMALL, withVerification } from './check-world';

const MONTH = 30 * 86_400;

describe('The record of a Stake', () => {
    let world: CheckWorld;
    let start: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        start = await world.keep();
    });
    beforeEach(() => start());
    afterEach(() => world.audit());

    const view = async () => {
        const { record, checkRate } = await world.accused.stake.getStake();
        return { record: Number(record), checkRate: Number(checkRate) };
    };

    async function passed(jobId: number, price = toNano('0.5')) {
        await world.drawn(jobId, { price });
        await world.claim(world.operator(0), {
            jobId,
            bond: await world.verifierBond(1, price),
        });
        await world.check({ jobId });
    }

    it('grows by one with each passed check, and the check rate falls', async () => {
        expect(await view()).toEqual({ record: 0, checkRate: 10_000 });
        await passed(0);
        expect(await view()).toEqual({ record: 1000, checkRate: 8333 });
        await passed(1);
        expect((await view()).record).toBeGreaterThan(1997);
        expect((await view()).checkRate).toBe(7143);
        // The next bid tells the Escrow.
        await world.world.post(world.client, { jobId: 2, terms: { bidWindowSeconds: 60 } });
        await world.world.bid(world.accused, world.client, { jobId: 2, price: toNano('0.1') });
        const job = await world.jobOf(2);
        expect(job).toMatchObject({ bid: { checkRate: (await view()).checkRate } });
    });

    it('grows less by a job under the least lock', async () => {
        await passed(0, toNano('0.004'));
        expect(await view()).toMatchObject({ record: 400 });
    });

    it('halves every month, evenly within one, down to nothing', async () => {
        await passed(0);
        world.world.wait(MONTH / 2);
        expect((await view()).record).toBe(750);
        world.world.wait(MONTH / 2);
        expect((await view()).record).toBe(500);
        world.world.wait(9 * MONTH);
        expect((await view()).record).toBe(0);
        expect((await view()).checkRate).toBe(10_000);
        world.world.wait(100 * MONTH);
        expect((await view()).record).toBe(0);
    });

    it('falls to nothing with a fault, be it small', async () => {
        await passed(0);
        await world.world.post(world.client, { jobId: 1 });
        await world.world.bid(world.accused, world.client, { jobId: 1, price: toNano('0.01') });
        world.world.wait(2 + 60);
        await world.tick(1);
        expect(await view()).toEqual({ record: 0, checkRate: 10_000 });
    });

    it('falls to nothing with a false error and with a concession', async () => {
        await passed(0);
        const again = world.world.chain.snapshot();
        await world.drawn(1);
        await world.check({ jobId: 1, opened: 'MODEL_REJECTED_INPUT' });
        await world.jury(SAYS.falseError, { jobId: 1 });
        await world.endOfPhase(1);
        const before = await world.accused.stake.getStake();
        await world.tick(1);
        const after = await world.accused.stake.getStake();
        expect(await view()).toMatchObject({ record: 0 });
        // The lock, and of the reserve no more than what the jury took.
        expect(before.reserve - after.reserve).toBeLessThanOrEqual(await world.verifierBond(1));
        expect(before.collateral - after.collateral).toBe(toNano('0.5'));
        await world.world.chain.loadFrom(again);
        await world.drawn(1);
        await world.check({ jobId: 1, opened: FAR });
        await world.act(world.accused, { kind: 'concede', jobId: 1 });
        expect(await view()).toMatchObject({ record: 0 });
    });

    it('is not needed where no trial is asked for', async () => {
        const free = await CheckWorld.create({
            operators: 1,
            parameters: withVerification({ ...SMALL.verification, trial: 0 }),
        });
        const { checkRate } = await free.accused.stake.getStake();
        expect(checkRate).toBe(0n);
    });
});
