import { toNano } from '@ton/core';
import { Escrow } from '../../build/Escrow/Escrow_Escrow';
import { ticketOf } from '../../wrappers';
import { CheckWorld, SMALL, withVerification } from './check-world';
import { exitOf, speakFor } from './escrow-scenes';
import { transactionOn } from './trace';
import { GENEROUS, type Provider } from './world';

describe('A claim on a check', () => {
    let world: CheckWorld;
    let light: Provider;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 4 });
        light = await world.world.provider('light', {
            reserve: toNano('5'),
            collateral: toNano('4.999999999'),
            operating: toNano('5'),
        });
        await world.drawn();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    /** Claims, and tells the code with which the Escrow refused. */
    async function refused(by: Provider, options: Parameters<CheckWorld['claim']>[1] = {}) {
        const before = await world.operating(by);
        const result = await world.claim(by, options);
        const exit = exitOf(result, world.client.escrow.address);
        // A refused bond comes back, less gas.
        const lost = before - (await world.operating(by));
        if (exit !== 0) expect(lost).toBeLessThan(toNano('0.01'));
        return exit;
    }

    it('stands when its ticket is the lowest, in whatever order claims come', async () => {
        const order = await world.byTicket();
        const shuffled = [order[2], order[0], order[3], order[1]] as Provider[];
        for (const operator of shuffled) await world.claim(operator);

        const job = await world.checking();
        expect(job.verifier?.stake.equals(order[0]!.stake.address)).toBe(true);
        const { old } = await order[0]!.stake.getStanding();
        expect(job.verifier?.ticket).toBe(ticketOf(job.draw, 0, order[0]!.stake.address, old));
    });

    it('gives the bond of an outdone one back, into the operating balance', async () => {
        const [best, second] = (await world.byTicket()) as [Provider, Provider];
        const before = await world.operating(second);
        await world.claim(second);
        const bond = await world.verifierBond();
        expect(before - (await world.operating(second))).toBeGreaterThan(bond);
        const held = (await world.checking()).held;
        await world.claim(best);

        expect(before - (await world.operating(second))).toBeLessThan(toNano('0.01'));
        expect(await world.earned(second)).toBeLessThan(toNano('0.0001'));
        expect((await world.checking()).held).toBe(held);
        expect(await refused(second)).toBe(349);
        // Nor can the best outdo itself.
        expect(await refused(best)).toBe(349);
    });

    it('names more than the bond that is asked for, and has it back', async () => {
        const bond = await world.verifierBond();
        await world.claim(world.operator(0), { bond: bond + 5n });
        expect((await world.checking()).verifier?.bond).toBe(bond + 5n);
    });

    it('is refused with too small a bond, at -1 nano', async () => {
        const bond = await world.verifierBond();
        expect(await refused(world.operator(0), { bond: bond - 1n })).toBe(361);
        expect(await refused(world.operator(0), { bond })).toBe(0);
    });

    it('is refused to the provider itself and to who has too little at stake', async () => {
        expect(await refused(world.accused)).toBe(360);
        expect(await refused(light)).toBe(358);
    });

    it('is refused to who came after the commit, or added to its stake since', async () => {
        world.world.wait(1);
        const late = await world.world.provider('late', { operating: toNano('5') });
        expect(await refused(late)).toBe(359);
        const one = world.operator(0);
        await one.stake.sendDeposit(one.operator.getSender(), toNano('3'), {
            reserve: toNano('2'),
            collateral: 0n,
        });
        expect(await refused(one, { settled: false })).toBe(359);
        expect(await refused(one, { settled: true })).toBe(0);
        await world.audit();
    });

    it('weighs what is bonded, and not what unbonds', async () => {
        const one = world.operator(0);
        await one.stake.sendUnbond(one.operator.getSender(), GENEROUS, {
            reserve: toNano('20'),
            collateral: toNano('0.000000001'),
        });
        expect(await refused(one)).toBe(358);
    });

    it('is taken to the last second of its window', async () => {
        await world.endOfPhase(0, 1);
        expect(await refused(world.operator(0))).toBe(0);
        world.world.wait(1);
        expect(await refused(world.operator(1))).toBe(343);
    });

    it('is refused for jobs that are not checked, or not there', async () => {
        await world.committed(1);
        expect(await refused(world.operator(0), { jobId: 1 })).toBe(341);
        const result = await world.act(world.operator(0), {
            kind: 'claim',
            jobId: 7,
            bond: GENEROUS,
            key: 1n,
            settled: true,
        });
        expect(exitOf(result, world.client.escrow.address)).toBe(340);
    });

    it('comes from a Stake, and brings what it names', async () => {
        const stake = world.operator(0).stake.address;
        const result = await world.claim(world.operator(0));
        const message = transactionOn(result, world.client.escrow.address, Escrow.opcodes.Claim);
        const body = message.inMessage?.body;
        if (body === undefined || message.inMessage?.info.type !== 'internal') throw new Error();
        const { value } = message.inMessage.info;
        const to = world.client.escrow.address;
        await restore();
        const wallet = await speakFor(world.world, world.client.wallet.address, to, body);
        expect(exitOf(wallet, to)).toBe(303);
        const short = await speakFor(world.world, stake, to, body, { value: value.coins - 1n });
        expect(exitOf(short, to)).toBe(361);
        await restore();
    });

    it('does not count weight younger than the age that is asked for', async () => {
        const strict = await CheckWorld.create({
            operators: 1,
            parameters: withVerification({ ...SMALL.verification, verifierAge: 100 }),
        });
        await strict.drawn();
        const to = strict.client.escrow.address;
        expect(exitOf(await strict.claim(strict.operator(0)), to)).toBe(359);
        await strict.release();
        strict.world.wait(100);
        await strict.drawn(1);
        expect(exitOf(await strict.claim(strict.operator(0), { jobId: 1 }), to)).toBe(0);
    });
});
