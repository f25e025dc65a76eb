import { toNano } from '@ton/core';
import { ticketOf } from '../../wrappers';
import { CheckWorld, FAR, SAYS } from './check-world';
import { exitOf } from './escrow-scenes';
import { GENEROUS, type Provider } from './world';

describe('The seats of a jury', () => {
    let world: CheckWorld;
    let unseeded: () => Promise<void>;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        await world.drawn();
        await world.check({ opened: FAR });
        unseeded = await world.keep();
        await world.seed();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    async function code(juror: Provider, options: Parameters<CheckWorld['claim']>[1] = {}) {
        return exitOf(await world.claim(juror, options), world.client.escrow.address);
    }

    const seated = async () => (await world.jurors()).map(({ juror }) => juror).sort(byName);

    it('belong to the lowest tickets, in whatever order claims come, and the evicted have their bonds back', async () => {
        const order = (await world.byTicket()).filter((one) => one !== world.operator(0));
        const before = new Map<Provider, bigint>();
        for (const juror of order) before.set(juror, await world.operating(juror));
        // From the highest ticket to the lowest: each evicts, until only the best are left.
        for (const juror of [...order].reverse()) expect(await code(juror)).toBe(0);

        expect(await seated()).toEqual(order.slice(0, 3).sort(byName));
        const bond = await world.jurorBond();
        for (const [index, juror] of order.entries()) {
            const lost = (before.get(juror) ?? 0n) - (await world.operating(juror));
            expect(lost).toBeLessThan((index < 3 ? bond : 0n) + toNano('0.01'));
        }
        expect(await code(order[3]!)).toBe(349);
    });

    it('have tickets of the seed, the stage and the weight', async () => {
        await world.claim(world.operator(1));
        const { jury } = await world.inJury();
        const { old } = await world.operator(1).stake.getStanding();
        const ticket = ticketOf(jury.seed, 1, world.operator(1).stake.address, old);
        expect(jury.jurors[0]?.ticket).toBe(ticket);
    });

    it('are refused to the provider, to the verifier and to who has one', async () => {
        expect(await code(world.accused)).toBe(360);
        expect(await code(world.operator(0))).toBe(360);
        const twice = world.operator(1);
        expect(await code(twice)).toBe(0);
        expect(await code(twice)).toBe(360);
        // Another weight makes another ticket, and no other Stake.
        await twice.stake.sendUnbond(twice.operator.getSender(), GENEROUS, {
            reserve: toNano('1'),
            collateral: 0n,
        });
        expect(await code(twice)).toBe(360);
        expect(await code(twice, { settled: false })).toBe(360);
        expect((await world.inJury()).jury.jurors).toHaveLength(1);
    });

    it('are refused with too small a bond, at -1 nano, and after the window', async () => {
        const bond = await world.jurorBond();
        expect(await code(world.operator(1), { bond: bond - 1n })).toBe(361);
        await world.endOfPhase(0, 1);
        expect(await code(world.operator(1), { bond })).toBe(0);
        world.world.wait(1);
        expect(await code(world.operator(2), { bond })).toBe(343);
    });

    it('are refused before the jury has its seed', async () => {
        await unseeded();
        expect(await code(world.operator(1))).toBe(341);
        await world.seed();
        expect(await code(world.operator(1))).toBe(0);
    });

    it('of an appeal are refused to the jurors of before', async () => {
        await world.seat();
        await world.endOfPhase();
        const seats = await world.jurors();
        for (const seat of seats) await world.sealSeat(seat, SAYS.wrong);
        for (const seat of seats) await world.revealSeat(seat, SAYS.wrong);
        await world.tick();
        await world.dispute(world.accused.operator);
        await world.seed();
        expect(await code(world.operator(1))).toBe(360);
        expect(await code(world.operator(0))).toBe(360);
        expect(await code(world.accused)).toBe(360);
        expect(await code(world.operator(4))).toBe(0);
        expect((await world.inJury()).jury.former).toHaveLength(3);
    });
});

function byName(a: Provider, b: Provider): number {
    return a.stake.address.toRawString() < b.stake.address.toRawString() ? -1 : 1;
}
