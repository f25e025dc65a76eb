import { toNano } from '@ton/core';
import { MARKET_COSTS } from '../../sim/model/costs';
import { concede } from '../../sim/model/forfeits';
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

    it('is that a concession costs its fine, and convicts where the reserve has too little', async () => {
        const price = toNano('10');
        // All are under way before the first is found out, as the reserve has to back each bid.
        const jobs = [0, 1, 2];
        for (const jobId of jobs) await world.committed(jobId, { price, terms: { items: ITEMS } });
        const found = jobs.slice(0, 2);
        for (const jobId of found) {
            await world.step(world.world.accept(world.client, { jobId }));
            await world.claim(world.operator(0), { jobId });
        }
        const convictions: boolean[] = [];
        for (const jobId of found) {
            await world.check({ jobId, opened: FAR });
            const before = await world.accused.stake.getStake();
            const expected = concede(
                { reserve: before.reserve, locks: before.locked, unbonding: before.unbonding },
                { price, items: ITEMS, lock: price, costs: 0n },
                world.parameters,
            );
            await world.step(world.act(world.accused, { kind: 'concede', jobId }));
            const after = await world.accused.stake.getStake();
            const lost = before.reserve + before.collateral - after.reserve - after.collateral;
            expect(lost).toBe(expected.forfeited);
            const { convicted } = await world.accused.stake.getStanding();
            expect(convicted).toBe(expected.convicted);
            convictions.push(convicted);
        }
        expect(convictions).toEqual([false, true]);
        expect(await world.accused.stake.getStake()).toMatchObject({ reserve: 0n, locked: 0n });
        await world.audit();
    });
});
