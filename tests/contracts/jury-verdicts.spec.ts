import { toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import { accountAddress } from '../../wrappers';
import { CheckWorld, FAILED, FAR, type JurorWork, PRICE, SALT, SAYS, TRUTH } from './check-world';
import { closingOf, refusal } from './escrow-scenes';
import type { Provider } from './world';

const BURN = accountAddress(0n);
const { right, wrong, unstable, missing, falseError, unbound } = SAYS;

describe('The verdict of a jury', () => {
    let world: CheckWorld;
    let unseeded: () => Promise<void>;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        await world.drawn();
        await world.check({ opened: FAR });
        unseeded = await world.keep();
        await world.seed();
        await world.seat();
        await world.endOfPhase();
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    const jurors = () => [1, 2, 3].map((index) => world.operator(index));

    /** Lets the jurors, in the order of the operators, seal and reveal; null does not reveal. */
    async function judged(works: readonly (JurorWork | null)[]) {
        const seats = await world.jurors();
        for (const [index, seat] of seats.entries()) {
            await world.sealSeat(seat, works[index] ?? right);
        }
        for (const [index, seat] of seats.entries()) {
            const work = works[index];
            if (work) await world.revealSeat(seat, work);
        }
        if (works.includes(null)) await world.endOfPhase();
        return world.tick();
    }

    async function ended() {
        await world.endOfPhase();
        return closingOf(await world.tick(), world.client);
    }

    /** What jurors have won (the fee) or lost (the bond) since. */
    async function accounts(act: () => Promise<unknown>): Promise<string[]> {
        const before = await worths();
        await act();
        const after = await worths();
        const bond = await world.jurorBond();
        return after.map((worth, index) => {
            const change = worth - (before[index] ?? 0n);
            if (near(change, bond + world.fee())) return 'paid';
            if (near(change, bond)) return 'back';
            return near(change, 0n) ? 'lost' : `${change}`;
        });
    }

    const worths = () => Promise.all(jurors().map((juror: Provider) => world.worth(juror)));

    it.each<[string, (JurorWork | null)[], string, string, string[]]>([
        ['all right', [right, right, right], 'right', 'passed', ['paid', 'paid', 'paid']],
        ['a majority right', [right, wrong, right], 'right', 'passed', ['paid', 'lost', 'paid']],
        ['all wrong', [wrong, wrong, wrong], 'wrong', 'convicted', ['paid', 'paid', 'paid']],
        ['a majority wrong', [wrong, right, wrong], 'wrong', 'convicted', ['paid', 'lost', 'paid']],
        ['missing data', [missing, missing, wrong], 'wrong', 'convicted', ['paid', 'paid', 'paid']],
        [
            'false errors',
            [falseError, falseError, wrong],
            'false-error',
            'false-error',
            ['paid', 'paid', 'paid'],
        ],
        [
            'a false error and wrong',
            [falseError, wrong, wrong],
            'wrong',
            'convicted',
            ['paid', 'paid', 'paid'],
        ],
        [
            'a right result and the sketch of another',
            [unbound, unbound, right],
            'wrong',
            'convicted',
            ['paid', 'paid', 'lost'],
        ],
        [
            'one that does not reveal',
            [wrong, null, wrong],
            'wrong',
            'convicted',
            ['paid', 'lost', 'paid'],
        ],
        [
            'one that is unstable',
            [right, unstable, right],
            'right',
            'passed',
            ['paid', 'back', 'paid'],
        ],
    ])('of %s', async (_what, works, finding, outcome, pay) => {
        await judged(works);
        expect(await world.inAppeal()).toMatchObject({ finding });
        let closing: unknown;
        const done = await accounts(async () => (closing = await ended()));
        expect(closing).toMatchObject({ outcome, paid: outcome === 'passed' ? PRICE : 0n });
        expect(done).toEqual(pay);
    });

    it.each<[string, (JurorWork | null)[], string[]]>([
        ['no majority', [right, wrong, unstable], ['back', 'back', 'back']],
        ['unstable results', [unstable, unstable, right], ['back', 'back', 'back']],
        ['too few reveals', [right, null, null], ['back', 'lost', 'lost']],
        ['no reveal', [null, null, null], ['lost', 'lost', 'lost']],
    ])(
        'is void for %s: the client has all back, nobody is blamed, nobody paid',
        async (_what, works, pay) => {
            let closing: unknown;
            const done = await accounts(async () => {
                closing = closingOf(await judged(works), world.client);
            });
            expect(closing).toMatchObject({ outcome: 'void', paid: 0n });
            expect(done).toEqual(pay);
            expect(await world.accused.stake.getStanding()).toMatchObject({
                convicted: false,
                heldUntil: 0n,
            });
        },
    );

    it('of a void costs who doubted an eighth of what its gas may come to', async () => {
        const bond = await world.verifierBond();
        const gas = bond - BigInt(world.windows.jurors) * world.fee();
        const before = await world.worth(world.operator(0));
        await judged([unstable, unstable, unstable]);
        const lost = before + bond - (await world.worth(world.operator(0)));
        expect(lost).toBeGreaterThan(gas / 8n - toNano('0.0001'));
        expect(lost).toBeLessThan(gas / 8n + toNano('0.0001'));
    });

    it('is void when nobody seals, and costs the jurors their bonds', async () => {
        await world.endOfPhase();
        await world.endOfPhase();
        const before = await world.world.balance(BURN);
        const done = await accounts(async () => {
            expect(closingOf(await world.tick(), world.client)).toMatchObject({ outcome: 'void' });
        });
        expect(done).toEqual(['lost', 'lost', 'lost']);
        expect((await world.world.balance(BURN)) - before).toBeGreaterThan(
            2n * (await world.jurorBond()),
        );
    });

    it('is unstable where the classes of a juror lie further apart than a quarter of tau', async () => {
        const odd: JurorWork = { native: TRUTH, committed: null };
        const between = { native: TRUTH, committed: TRUTH, wasm: FAR } as const;
        const result = closingOf(await judged([between, odd, unstable]), world.client);
        expect(result).toMatchObject({ outcome: 'void' });
    });

    it('counts an error that is none only where the leaf is one', async () => {
        // The juror itself has an error where the provider has a result: that is wrong, no false error.
        const failing: JurorWork = { native: FAILED, committed: TRUTH };
        await judged([failing, failing, failing]);
        expect(await world.inAppeal()).toMatchObject({ finding: 'wrong' });
    });

    it('lets no juror seal early, late, twice or for another, nor reveal before all had time to seal', async () => {
        const [first, second] = await world.jurors();
        if (first === undefined || second === undefined) throw new Error();
        const { escrow } = world.client;
        const stranger = keyPairFromSeed(sha256_sync('stranger'));
        const seal = (ticket: bigint, key: { secretKey: Uint8Array }) =>
            escrow.sendSeal({ jobId: 0, ticket, seal: 5n }, key.secretKey);
        expect(await refusal(seal(first.ticket, stranger))).toBe(382);
        const other = world.claimKey(second.juror, 'jury 1');
        expect(await refusal(seal(first.ticket, other))).toBe(382);
        expect(await refusal(seal(first.ticket + 1n, other))).toBe(357);
        await world.sealSeat(first, right);
        expect(await refusal(seal(first.ticket, world.claimKey(first.juror, 'jury 1')))).toBe(341);
        expect(await refusal(world.revealSeat(first, right))).toBe(342);
        expect(await refusal(world.revealSeat(second, right))).toBe(342);
        await world.endOfPhase();
        expect(await refusal(world.sealSeat(second, right))).toBe(343);
        expect(await refusal(world.revealSeat(second, right))).toBe(341);
        await world.revealSeat(first, right);
        expect(await refusal(world.revealSeat(first, right))).toBe(341);
        await world.endOfPhase();
        expect(await refusal(world.revealSeat(first, right))).toBe(343);
    });

    it('takes nothing but what was sealed', async () => {
        const seats = await world.jurors();
        for (const seat of seats) await world.sealSeat(seat, right);
        const job = await world.inJury();
        expect(job.phase).toBe('reveal');
        const [first, second] = seats;
        if (first === undefined || second === undefined) throw new Error();
        const { escrow } = world.client;
        const sketches = world.jurorCell(job, right);
        const send = (ticket: bigint, salt = SALT, cell = sketches) =>
            refusal(escrow.sendJurorReveal({ jobId: 0, ticket, salt, sketches: cell }));
        expect(await send(first.ticket, SALT + 1n)).toBe(362);
        expect(await send(first.ticket, SALT, world.jurorCell(job, wrong))).toBe(362);
        expect(await send(first.ticket + 1n)).toBe(357);
        // Another's seal of the same sketches is another.
        await world.revealSeat(first, right);
        await world.revealSeat(second, right);
        expect((await world.inJury()).jury).toMatchObject({ revealed: 2, right: 2 });
    });

    it('comes early when all have revealed, and only then', async () => {
        const seats = await world.jurors();
        for (const seat of seats) await world.sealSeat(seat, right);
        for (const seat of seats.slice(1)) await world.revealSeat(seat, right);
        expect(await refusal(world.client.escrow.sendTick(0))).toBe(342);
        await world.revealSeat(seats[0]!, right);
        await world.tick();
        expect(await world.inAppeal()).toMatchObject({
            finding: 'right',
            phaseEnd: world.now + world.windows.appealWindow,
        });
        expect(await refusal(world.client.escrow.sendTick(0))).toBe(342);
    });

    it('is void when too few come, and they have their bonds back', async () => {
        await unseeded();
        expect(await refusal(world.client.escrow.sendTick(0))).toBe(342);
        await world.seed();
        const before = await world.worth(world.operator(5));
        await world.claim(world.operator(5));
        expect(await refusal(world.client.escrow.sendTick(0))).toBe(342);
        await world.endOfPhase();
        const closing = closingOf(await world.tick(), world.client);
        expect(closing).toMatchObject({ outcome: 'void' });
        expect(before - (await world.worth(world.operator(5)))).toBeLessThan(toNano('0.01'));
    });
});

/** Up to gas. */
function near(a: bigint, b: bigint): boolean {
    const off = a - b;
    return off < toNano('0.001') && off > -toNano('0.001');
}
