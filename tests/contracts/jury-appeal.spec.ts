import { toNano } from '@ton/core';
import { drawnLeaf } from '../../wrappers';
import { CheckWorld, FAR, PRICE, SAYS } from './check-world';
import { closingOf, exitOf, refusal } from './escrow-scenes';

const ITEMS = 4;

describe('An appeal', () => {
    let world: CheckWorld;
    let start: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        start = await world.keep();
    });
    beforeEach(() => start());
    afterEach(() => world.audit());

    const client = () => world.client.wallet;
    const verifier = () => world.operator(0);

    async function ended() {
        await world.endOfPhase();
        return closingOf(await world.tick(), world.client);
    }

    async function convicted(): Promise<boolean> {
        return (await world.accused.stake.getStanding()).convicted;
    }

    describe('against a pass that a silent client doubts', () => {
        let bad: number;
        let drawn: number;
        let passed: () => Promise<void>;

        beforeAll(async () => {
            await start();
            await world.drawn(0, { silent: true, terms: { items: ITEMS } });
            await world.check();
            const job = await world.inAppeal();
            drawn = drawnLeaf(job.draw, ITEMS);
            bad = (drawn + 1) % ITEMS;
            passed = await world.keep();
        });
        beforeEach(() => passed());

        it('needs a bond for the whole jury, at -1 nano, a leaf that is there, and an open window', async () => {
            const to = world.client.escrow.address;
            const value = await world.disputeValue(1, ITEMS);
            expect(exitOf(await world.dispute(client(), { value: value - 1n }), to)).toBe(361);
            expect(exitOf(await world.dispute(client(), { leaf: ITEMS }), to)).toBe(364);
            await world.endOfPhase(0, 1);
            expect(await refusal(world.client.escrow.sendTick(0))).toBe(342);
            const at = world.world.chain.snapshot();
            expect(exitOf(await world.dispute(client(), { value, leaf: bad }), to)).toBe(0);
            await world.world.chain.loadFrom(at);
            world.world.wait(1);
            expect(exitOf(await world.dispute(client(), { value }), to)).toBe(343);
        });

        it('names any leaf; found right, the provider is paid and the disputer has paid for the jury', async () => {
            const before = await client().getBalance();
            await world.dispute(client(), { leaf: bad });
            const { jury } = await world.inJury();
            expect(jury).toMatchObject({ cause: 'dispute', leaf: bad });
            expect(jury.disputer?.equals(client().address)).toBe(true);
            await world.jury(SAYS.right);
            const closing = await ended();
            expect(closing).toMatchObject({ outcome: 'passed-silent', paid: PRICE });
            const bond = await world.disputeValue(1, ITEMS);
            const spent = before - (await client().getBalance()) + closing.value;
            expect(spent).toBeGreaterThan(bond);
            // The verifier had passed it: bond and fee.
            expect(await world.earned(verifier())).toBe(world.fee(ITEMS));
            // A jury is no check that counts for the record.
            expect(await world.accused.stake.getStake()).toMatchObject({ record: 0n });
        });

        it('found wrong on another leaf leaves the verifier its bond and its fee', async () => {
            const worth = await world.worth(verifier());
            await world.dispute(client(), { leaf: bad });
            await world.jury(SAYS.wrong);
            expect(await ended()).toMatchObject({ outcome: 'convicted' });
            const gained = (await world.worth(verifier())) - worth;
            const bond = await world.verifierBond(ITEMS);
            expect(gained).toBeGreaterThan(bond + world.fee(ITEMS) - toNano('0.001'));
        });

        it('found wrong on the drawn leaf costs the verifier its bond', async () => {
            const worth = await world.worth(verifier());
            await world.dispute(client(), { leaf: drawn });
            await world.jury(SAYS.wrong);
            expect(await ended()).toMatchObject({ outcome: 'convicted' });
            expect((await world.worth(verifier())) - worth).toBeLessThan(toNano('0.001'));
        });

        it('found wrong gives the disputer its bond, its costs and the catch', async () => {
            const stranger = await world.world.chain.treasury('stranger');
            const before = await stranger.getBalance();
            await world.dispute(stranger, { leaf: bad });
            await world.jury(SAYS.wrong);
            await ended();
            const gained = (await stranger.getBalance()) - before;
            expect(gained).toBeGreaterThan(10n * world.fee(ITEMS) - toNano('0.05'));
            expect(gained).toBeLessThan(10n * world.fee(ITEMS));
        });

        it('whose jury is not filled changes nothing: the pass stands', async () => {
            const before = await client().getBalance();
            await world.dispute(client(), { leaf: bad });
            await world.seed();
            await world.claim(world.operator(1));
            await world.endOfPhase();
            const closing = closingOf(await world.tick(), world.client);
            expect(closing).toMatchObject({ outcome: 'passed-silent', paid: PRICE });
            expect(await world.earned(verifier())).toBe(world.fee(ITEMS));
            // Most of the bond comes back: only the gas of the attempt is gone.
            const spent = before - (await client().getBalance()) + closing.value;
            expect(spent - closing.value).toBeLessThan(toNano('0.1'));
            expect(await world.accused.stake.getStanding()).toMatchObject({ heldUntil: 0n });
        });

        it('after "right" may name another leaf, and the first jury is judged by its own', async () => {
            const friend = await world.world.chain.treasury('friend of the cheat');
            await world.dispute(friend, { leaf: drawn });
            const jurors = [1, 2, 3].map((index) => world.operator(index));
            await world.jury(SAYS.right);
            const worths = await Promise.all(jurors.map((juror) => world.worth(juror)));
            const lost = await friend.getBalance();
            const before = await client().getBalance();
            await world.dispute(client(), { leaf: bad });
            const result = await world.jury(SAYS.wrong);
            const closing = closingOf(result, world.client);
            expect(closing).toMatchObject({ outcome: 'convicted' });
            expect(await convicted()).toBe(true);
            const bond = await world.jurorBond(ITEMS);
            for (const [index, juror] of jurors.entries()) {
                const gained = (await world.worth(juror)) - (worths[index] ?? 0n);
                expect(gained).toBeGreaterThan(bond + world.fee(ITEMS) - toNano('0.001'));
            }
            // Who opened the first is no catcher, and has its bond no more.
            expect(await friend.getBalance()).toBe(lost);
            const gained = (await client().getBalance()) - before - closing.value;
            expect(gained).toBeGreaterThan(10n * world.fee(ITEMS));
        });
    });

    describe('against a jury', () => {
        let wrong: () => Promise<void>;
        let right: () => Promise<void>;

        beforeAll(async () => {
            await start();
            await world.drawn(0, { terms: { items: ITEMS } });
            await world.check({ opened: FAR });
            const jury = world.world.chain.snapshot();
            await world.jury(SAYS.wrong);
            wrong = await world.keep();
            await world.world.chain.loadFrom(jury);
            await world.jury(SAYS.right);
            right = await world.keep();
        });

        it('that found wrong is about the same leaf and no better one', async () => {
            await wrong();
            const leaf = await world.leaf();
            const to = world.client.escrow.address;
            const other = (leaf + 1) % ITEMS;
            const before = await world.accused.operator.getBalance();
            expect(exitOf(await world.dispute(world.accused.operator, { leaf: other }), to)).toBe(
                364,
            );
            expect(before - (await world.accused.operator.getBalance())).toBeLessThan(
                toNano('0.01'),
            );
            expect(exitOf(await world.dispute(world.accused.operator, { leaf }), to)).toBe(0);
            expect(await world.inJury()).toMatchObject({ jury: { stage: 2, leaf } });
        });

        it('needs a bond for the larger jury, at -1 nano', async () => {
            await wrong();
            const leaf = await world.leaf();
            const value = await world.disputeValue(2, ITEMS);
            const to = world.client.escrow.address;
            const options = { leaf, value: value - 1n };
            expect(exitOf(await world.dispute(client(), options), to)).toBe(361);
            expect(exitOf(await world.dispute(client(), { leaf, value }), to)).toBe(0);
        });

        it('turns wrong into right: the provider is paid, the first jurors and the verifier lose', async () => {
            await wrong();
            const bond = await world.jurorBond(ITEMS);
            const worths = await Promise.all(world.operators.map((one) => world.worth(one)));
            const operator = world.accused.operator;
            const before = await operator.getBalance();
            await world.dispute(operator, { leaf: await world.leaf() });
            const closing = closingOf(await world.jury(SAYS.right), world.client);

            expect(closing).toMatchObject({ outcome: 'passed', paid: PRICE });
            expect(await convicted()).toBe(false);
            expect((await world.accused.stake.getStanding()).heldUntil).toBe(0n);
            for (const [index, one] of world.operators.entries()) {
                const gained = (await world.worth(one)) - (worths[index] ?? 0n);
                const won = index > 3 ? world.fee(ITEMS) : 0n;
                expect(gained).toBeGreaterThan(won - toNano('0.01'));
                expect(gained).toBeLessThan(won + toNano('0.001'));
            }
            // The losers' bonds pay for the jury, and the appellant has back what is there.
            const lost = before - (await operator.getBalance());
            expect(lost).toBeLessThan(toNano('0.1'));
            void bond;
        });

        it('turns right into wrong: the provider is convicted, the first jurors lose, the verifier is paid', async () => {
            await right();
            const worth = await world.worth(verifier());
            const jurors = [1, 2, 3].map((index) => world.operator(index));
            const worths = await Promise.all(jurors.map((juror) => world.worth(juror)));
            await world.dispute(client(), { leaf: await world.leaf() });
            const closing = closingOf(await world.jury(SAYS.wrong), world.client);

            expect(closing).toMatchObject({ outcome: 'convicted', paid: 0n });
            expect(await convicted()).toBe(true);
            for (const [index, juror] of jurors.entries()) {
                const gained = (await world.worth(juror)) - (worths[index] ?? 0n);
                expect(gained).toBeLessThan(toNano('0.001'));
            }
            const gained = (await world.worth(verifier())) - worth;
            const bond = await world.verifierBond(ITEMS);
            expect(gained).toBeGreaterThan(bond + 10n * world.fee(ITEMS) - toNano('0.1'));
        });

        it('that confirms costs the appellant its bond', async () => {
            await wrong();
            const operator = world.accused.operator;
            const before = await operator.getBalance();
            await world.dispute(operator, { leaf: await world.leaf() });
            await world.jury(SAYS.wrong);
            expect(await convicted()).toBe(true);
            const lost = before - (await operator.getBalance());
            expect(lost).toBeGreaterThanOrEqual(await world.disputeValue(2, ITEMS));
        });

        it.each([
            ['wrong', 'convicted'],
            ['right', 'passed'],
        ])('that is not filled leaves what stood: %s', async (what, outcome) => {
            await (what === 'wrong' ? wrong() : right());
            const stranger = await world.world.chain.treasury('stranger');
            await world.dispute(stranger, { leaf: await world.leaf() });
            await world.seed();
            await world.seat(world.operators.slice(4, 8));
            await world.endOfPhase();
            expect(closingOf(await world.tick(), world.client)).toMatchObject({ outcome });
            expect(await convicted()).toBe(what === 'wrong');
        });

        it('that finds nothing is void: nobody is convicted, the client has all back', async () => {
            await wrong();
            await world.dispute(client(), { leaf: await world.leaf() });
            const closing = closingOf(await world.jury(SAYS.unstable), world.client);
            expect(closing).toMatchObject({ outcome: 'void' });
            expect(await convicted()).toBe(false);
        });

        it('comes to an end whoever is silent', async () => {
            await wrong();
            await world.dispute(client(), { leaf: await world.leaf() });
            await world.seed();
            await world.seat();
            expect(await world.release()).toHaveLength(1);
        });
    });
});
