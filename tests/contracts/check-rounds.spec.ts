import { toNano } from '@ton/core';
import { accountAddress } from '../../wrappers';
import { CheckWorld, PRICE, SAYS } from './check-world';
import { closingOf, refusal } from './escrow-scenes';

const BURN = accountAddress(0n);

describe('Rounds of a check in which somebody is silent', () => {
    let world: CheckWorld;
    let start: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        start = await world.keep();
    });
    beforeEach(() => start());
    afterEach(() => world.audit());

    /** Ends a phase to the second: a second before, nobody can. */
    async function ended(jobId = 0) {
        await world.endOfPhase(jobId, 1);
        expect(await refusal(world.client.escrow.sendTick(jobId))).toBe(342);
        world.world.wait(1);
        return world.tick(jobId);
    }

    it('end void when nobody claims in any, and the client has its money back', async () => {
        await world.drawn();
        const { held } = await world.checking();
        for (const round of [0, 1, 2]) {
            expect(await world.checking()).toMatchObject({ phase: 'claim', round });
            const result = await ended();
            if (round < 2) continue;
            const closing = closingOf(result, world.client);
            expect(closing).toMatchObject({ outcome: 'void', paid: 0n });
            expect(closing.value).toBeGreaterThan(held - toNano('0.02'));
        }
        expect(await world.accused.stake.getStanding()).toMatchObject({ convicted: false });
        expect(await world.earned(world.accused)).toBe(0n);
    });

    it('pay the provider when the client offered that for a void check', async () => {
        await world.drawn(0, { terms: { payUnverified: true } });
        await ended();
        await ended();
        const closing = closingOf(await ended(), world.client);
        expect(closing).toMatchObject({ outcome: 'void-paid', paid: PRICE });
        expect(await world.earned(world.accused)).toBe(PRICE - PRICE / 100n);
        // But it is no check that was passed.
        expect(await world.accused.stake.getStake()).toMatchObject({ record: 0n });
    });

    it('cost a verifier that does not seal its bond, and go on', async () => {
        await world.drawn();
        await world.claim(world.operator(0));
        await world.endOfPhase();
        expect(await world.checking()).toMatchObject({ phase: 'seal' });
        const before = await world.world.balance(BURN);
        await ended();

        expect(await world.checking()).toMatchObject({
            phase: 'claim',
            round: 1,
            verifier: undefined,
        });
        const burnt = (await world.world.balance(BURN)) - before;
        const bond = await world.verifierBond();
        expect(burnt).toBeLessThan(bond);
        expect(burnt).toBeGreaterThan(bond - toNano('0.01'));
        expect(closingOf(await world.check(), world.client)).toMatchObject({ outcome: 'passed' });
    });

    it('cost a verifier that does not reveal its bond, and go on under another projection', async () => {
        await world.drawn();
        await world.claim(world.operator(0));
        await world.endOfPhase();
        await world.seal();
        await world.open();
        const before = await world.world.balance(BURN);
        await ended();
        expect((await world.world.balance(BURN)) - before).toBeGreaterThan(toNano('1'));
        const job = await world.checking();
        expect(job).toMatchObject({ phase: 'claim', round: 1, opened: undefined });
        expect(closingOf(await world.check(), world.client)).toMatchObject({ outcome: 'passed' });
    });

    async function stalled(): Promise<void> {
        await world.drawn();
        for (const round of [0, 1, 2]) {
            expect(await world.checking()).toMatchObject({ round });
            await world.claim(world.operator(0));
            await world.endOfPhase();
            await world.seal();
            await world.open();
            await ended();
        }
    }

    it('end before a jury, paid by the last bond, when the last verifier is silent too', async () => {
        await stalled();
        const leaf = await world.leaf();
        expect(await world.inJury()).toMatchObject({ jury: { cause: 'stalled', stage: 1, leaf } });
        await world.jury(SAYS.right);
        await world.endOfPhase();
        expect(closingOf(await world.tick(), world.client)).toMatchObject({
            outcome: 'passed',
            paid: PRICE,
        });
        expect(await world.earned(world.operator(0))).toBe(0n);
        expect(await world.earned(world.operator(1))).toBe(world.fee());
        // It is right, but no drawn verifier has passed it.
        expect(await world.accused.stake.getStake()).toMatchObject({ record: 0n });
    });

    it('convict by such a jury, and nobody is paid for having caught it', async () => {
        await stalled();
        await world.jury(SAYS.wrong);
        await world.endOfPhase();
        expect(closingOf(await world.tick(), world.client)).toMatchObject({ outcome: 'convicted' });
        expect(await world.earned(world.operator(0))).toBe(0n);
        expect(await world.accused.stake.getStanding()).toMatchObject({ convicted: true });
    });

    it('end void when such a jury does not come together', async () => {
        await stalled();
        await world.seed();
        await world.claim(world.operator(1));
        const operating = await world.operating(world.operator(1));
        const closing = closingOf(await ended(), world.client);
        expect(closing).toMatchObject({ outcome: 'void', paid: 0n });
        // A juror that nobody asked has its bond back.
        const back = (await world.operating(world.operator(1))) - operating;
        expect(back).toBeGreaterThanOrEqual(await world.jurorBond());
        expect((await world.accused.stake.getStanding()).heldUntil).toBe(0n);
    });

    it.each([0, 1, 2, 3, 4, 5, 6, 7])(
        'leave nothing stuck when all stop after step %d',
        async (steps) => {
            await world.drawn(0, { silent: steps % 2 === 1 });
            const acts = [
                () => world.claim(world.operator(0)),
                () => world.endOfPhase(),
                () => world.seal(),
                () => world.open(SAYS.wrong.committed),
                () => world.reveal(),
                () => world.seed(),
                () => world.seat(),
            ];
            for (const act of acts.slice(0, steps)) await act();
            expect(await world.release()).toHaveLength(1);
            expect(await world.client.escrow.getEscrow()).toMatchObject({ open: 0n, held: 0n });
        },
    );
});
