import { CheckWorld, FAR, PRICE, SAYS, TRUTH } from './check-world';
import { closingOf } from './escrow-scenes';
import { readEscrow } from './escrow-states';

describe('The life of a checked job', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    it('pays at once when an accepted job passes', async () => {
        await world.drawn();
        const closing = closingOf(await world.check(), world.client);

        expect(closing).toMatchObject({ outcome: 'passed', paid: PRICE });
        expect(await world.earned(world.accused)).toBe(PRICE - PRICE / 100n);
        expect(await world.earned(world.operator(0))).toBe(world.fee());
        expect((await world.accused.stake.getStake()).record).toBe(1000n);
        expect(await readEscrow(world.world, world.client)).toMatchObject({ open: 0, held: 0n });
    });

    it("pays a silent client's job that passes when the appeal has ended", async () => {
        await world.drawn(0, { silent: true });
        await world.check();
        expect(await world.inAppeal()).toMatchObject({ finding: 'passed', accepted: false });
        await world.endOfPhase();
        const closing = closingOf(await world.tick(), world.client);

        expect(closing).toMatchObject({ outcome: 'passed-silent', paid: PRICE });
        expect(await world.earned(world.accused)).toBe(PRICE - PRICE / 100n);
        expect(await world.earned(world.operator(0))).toBe(world.fee());
    });

    it('convicts a provider whose mismatch a jury confirms', async () => {
        await world.drawn();
        await world.check({ opened: FAR });
        expect(await world.inJury()).toMatchObject({ jury: { cause: 'mismatch', held: true } });
        await world.jury(SAYS.wrong);
        expect(await world.inAppeal()).toMatchObject({ finding: 'wrong' });
        await world.endOfPhase();
        const closing = closingOf(await world.tick(), world.client);

        expect(closing).toMatchObject({ outcome: 'convicted', paid: 0n });
        expect(await world.accused.stake.getStanding()).toMatchObject({ convicted: true });
        expect(await world.accused.stake.getStake()).toMatchObject({ reserve: 0n, locked: 0n });
    });

    it('pays a provider whom a jury finds right, and the verifier loses its bond', async () => {
        await world.drawn();
        await world.check({ verified: FAR, opened: TRUTH });
        await world.jury(SAYS.right);
        expect(await world.inAppeal()).toMatchObject({ finding: 'right' });
        await world.endOfPhase();
        const closing = closingOf(await world.tick(), world.client);

        expect(closing).toMatchObject({ outcome: 'passed', paid: PRICE });
        expect(await world.earned(world.operator(0))).toBe(0n);
        expect(await world.earned(world.operator(1))).toBe(world.fee());
    });

    it("judges a silent client's job that the client disputes, twice", async () => {
        await world.drawn(0, { silent: true });
        await world.check();
        await world.dispute(world.client.wallet);
        expect(await world.inJury()).toMatchObject({ jury: { cause: 'dispute', stage: 1 } });
        await world.jury(SAYS.right);
        await world.dispute(world.client.wallet);
        expect(await world.inJury()).toMatchObject({ jury: { cause: 'dispute', stage: 2 } });
        const closing = closingOf(await world.jury(SAYS.wrong), world.client);

        expect(closing).toMatchObject({ outcome: 'convicted', paid: 0n });
        expect(await world.accused.stake.getStanding()).toMatchObject({ convicted: true });
    });
});
