import { toNano } from '@ton/core';
import { MARKET_COSTS } from '../../sim/model/costs';
import { concede, concessionFine } from '../../sim/model/forfeits';
import { MAIN_PARAMETERS } from '../../wrappers';
import { CheckWorld, FAR, withVerification } from '../contracts/check-world';

/** Small shares of the price, so that bonds stay small. */
const ITEMS = 1000;

describe('What the simulation takes for granted of the contracts', () => {
    const { jurors, appealJurors } = MAIN_PARAMETERS.verification;
    let world: CheckWorld;

    beforeAll(async () => {
        world = await CheckWorld.create({
            operators: 2,
            parameters: withVerification({ jurors, appealJurors }),
        });
    });

    it('is what claims and bonds take in gas', async () => {
        const { claim, jury, juror } = await world.world.market.getCosts();
        expect({ claim, jury, juror }).toEqual(MARKET_COSTS);
    });

    it('is that a provider may concede again and again, for what its reserve still has', async () => {
        const price = toNano('10');
        // All are under way before the first is found out, as the reserve has to back each bid.
        const jobs = [0, 1, 2];
        for (const jobId of jobs) await world.committed(jobId, { price, terms: { items: ITEMS } });
        for (const jobId of jobs) {
            await world.step(world.world.accept(world.client, { jobId }));
            await world.claim(world.operator(0), { jobId });
        }
        for (const jobId of jobs) {
            await world.check({ jobId, opened: FAR });
            const before = await world.accused.stake.getStake();
            const expected = concede(
                before,
                { price, items: ITEMS, lock: price, costs: 0n },
                world.parameters,
            );
            await world.step(world.act(world.accused, { kind: 'concede', jobId }));
            const after = await world.accused.stake.getStake();
            expect(before.reserve - after.reserve).toBe(expected.fine);
            expect(before.collateral - after.collateral).toBe(price);
        }
        // Fines of 500 out of a reserve of 1,000: the third costs the lock alone.
        expect(concessionFine(world.parameters, price)).toBe(toNano('500'));
        expect((await world.accused.stake.getStake()).reserve).toBe(0n);
        expect((await world.accused.stake.getStanding()).convicted).toBe(false);
        await world.audit();
    });
});
