import { beginCell, toNano } from '@ton/core';
import { storeHold, storeHoldEnded } from '../../build/Stake/Stake_Stake';
import { accountId } from '../../wrappers';
import { CheckWorld, FAR, PRICE, SAYS } from './check-world';
import { closingOf, exitOf, refusal, speakFor } from './escrow-scenes';
import { GENEROUS } from './world';

describe('A Stake that a dispute holds', () => {
    let world: CheckWorld;
    let restore: () => Promise<void>;

    beforeAll(async () => {
        world = await CheckWorld.create({ operators: 9 });
        for (const jobId of [0, 1]) {
            await world.drawn(jobId);
            await world.claim(world.operator(0), { jobId });
        }
        await world.world.post(world.client, { jobId: 2, terms: { bidWindowSeconds: 60 } });
        await world.check({ opened: FAR });
        restore = await world.keep();
    });
    beforeEach(() => restore());
    afterEach(() => world.audit());

    const stake = () => world.accused.stake;
    const operator = () => world.accused.operator.getSender();

    async function bid(): Promise<number | undefined> {
        return refusal(world.world.bid(world.accused, world.client, { jobId: 2, price: PRICE }));
    }

    it('bids no more, and bids again when the dispute has ended', async () => {
        expect(await bid()).toBe(391);
        await world.jury(SAYS.right);
        await world.endOfPhase();
        await world.tick();
        expect(await stake().getStanding()).toMatchObject({ heldUntil: 0n, convicted: false });
        await world.world.post(world.client, { jobId: 3, terms: { bidWindowSeconds: 60 } });
        await world.world.bid(world.accused, world.client, { jobId: 3, price: PRICE });
        expect(await world.jobOf(3)).toMatchObject({ state: 'bidding', bid: { price: PRICE } });
    });

    it('lets nothing out', async () => {
        const take = { amount: 0n, operating: toNano('1') };
        const result = await stake().sendWithdraw(operator(), GENEROUS, take);
        expect(exitOf(result, stake().address)).toBe(391);
    });

    it('may unbond, and what unbonds can still be forfeited', async () => {
        const { reserve, collateral } = await stake().getStake();
        await stake().sendUnbond(operator(), GENEROUS, { reserve, collateral });
        await world.jury(SAYS.wrong);
        await world.endOfPhase();
        await world.tick();
        expect(await stake().getStake()).toMatchObject({ reserve: 0n, unbonding: 0n });
        expect(await stake().getStanding()).toMatchObject({ convicted: true });
    });

    it('has locks that do not run out, opened again or not, and unbonding that does not mature', async () => {
        const { locked, reserve } = await stake().getStake();
        await stake().sendUnbond(operator(), GENEROUS, { reserve, collateral: 0n });
        // A hold that lasts beyond every lock, as a longer dispute would have.
        await hold(world.now + 10_000, 0);
        world.world.wait(9_000);
        const costs = await world.world.market.getCosts();
        await world.world.market.sendOpenStake(operator(), costs.openStake + toNano('1'), {
            nodeKey: world.accused.key.publicKey,
            dailyLimit: toNano('1000'),
            reserve: 0n,
            collateral: 0n,
        });
        expect(await stake().getStake()).toMatchObject({ locked, unbonding: reserve });
        await hold(world.now, 0, true);
        // Time goes on: they have ended by now.
        expect(await stake().getStake()).toMatchObject({ unbonding: 0n });
        await restore();
    });

    it('is held until the last of several disputes has ended', async () => {
        const first = (await stake().getStanding()).heldUntil;
        world.world.wait(1);
        await world.check({ jobId: 1, opened: FAR });
        const both = await stake().getStanding();
        expect(both.heldUntil).toBeGreaterThan(first);
        expect(both.heldSince).toBeLessThan(both.heldUntil);
        // The second ends first.
        await world.act(world.accused, { kind: 'concede', jobId: 1 });
        expect(await stake().getStanding()).toMatchObject({ heldUntil: first });
        expect(
            await refusal(world.world.bid(world.accused, world.client, { jobId: 2, price: 1n })),
        ).toBe(391);
        await world.act(world.accused, { kind: 'concede', jobId: 0 });
        expect(await stake().getStanding()).toMatchObject({ heldUntil: 0n });
    });

    it('is held anew by an appeal, for longer', async () => {
        const first = (await stake().getStanding()).heldUntil;
        await world.jury(SAYS.wrong);
        await world.dispute(world.accused.operator);
        const { heldUntil } = await stake().getStanding();
        expect(heldUntil).toBeGreaterThan(first);
        // Long enough for all that follows.
        const v = world.windows;
        const longest = v.juryClaimWindow + v.jurySealWindow + v.juryRevealWindow;
        expect(Number(heldUntil) - world.now).toBeGreaterThanOrEqual(longest + v.appealWindow);
        expect(closingOf(await world.jury(SAYS.right), world.client)).toMatchObject({
            outcome: 'passed',
        });
        expect(await stake().getStanding()).toMatchObject({ heldUntil: 0n });
    });

    it('is free by itself when nobody ends the dispute', async () => {
        const { heldUntil } = await stake().getStanding();
        world.world.chain.now = Number(heldUntil) - 1;
        await world.world.post(world.client, { jobId: 3, terms: { bidWindowSeconds: 60 } });
        const again = () =>
            world.world.bid(world.accused, world.client, { jobId: 3, price: PRICE });
        expect(await refusal(again())).toBe(391);
        world.world.wait(1);
        await again();
        expect(await world.jobOf(3)).toMatchObject({ bid: { price: PRICE } });
        // The dispute goes on, and its end harms nobody.
        await world.jury(SAYS.right);
        await world.endOfPhase();
        await world.tick();
        expect(await stake().getStanding()).toMatchObject({ heldUntil: 0n });
    });

    it('is not held, nor freed, by anybody else', async () => {
        const before = await stake().getStanding();
        const words = held(world.now + 9_999, 0);
        const free = beginCell()
            .store(storeHoldEnded({ $$type: 'HoldEnded', jobId: 0n, ...owner() }))
            .endCell();
        for (const source of [world.client.wallet.address, world.operator(0).stake.address]) {
            for (const body of [words, free]) {
                const result = await speakFor(world.world, source, stake().address, body);
                expect(exitOf(result, stake().address)).toBe(304);
            }
        }
        expect(await stake().getStanding()).toEqual(before);
        await restore();
    });

    it('counts more disputes than it has room for as one', async () => {
        const far = world.now + 5_000;
        for (let job = 0; job < 12; job++) await hold(far + job, job + 10);
        expect((await stake().getStanding()).heldUntil).toBe(BigInt(far + 11));
        // Those that are counted end; what is not holds to its own end.
        for (let job = 0; job < 12; job++) await hold(0, job + 10, true);
        expect((await stake().getStanding()).heldUntil).toBeGreaterThanOrEqual(BigInt(far + 11));
        await restore();
    });

    it('is held by those that it has no room for as long as the longest of them says', async () => {
        const far = world.now + 5_000;
        for (let job = 0; job < 12; job++) await hold(far - job, job + 10);
        for (let job = 0; job < 12; job++) await hold(0, job + 10, true);
        // One place was taken before: seven were counted, the eighth was the longest of the others.
        expect((await stake().getStanding()).heldUntil).toBe(BigInt(far - 7));
        await restore();
    });

    const owner = () => ({ client: accountId(world.client.wallet.address), index: 0n });

    function held(heldUntil: number, jobId: number) {
        return beginCell()
            .store(
                storeHold({
                    $$type: 'Hold',
                    jobId: BigInt(jobId),
                    ...owner(),
                    heldUntil: BigInt(heldUntil),
                }),
            )
            .endCell();
    }

    /** A hold, or its end, as the Escrow would send it. */
    async function hold(heldUntil: number, jobId: number, end = false): Promise<void> {
        const body = end
            ? beginCell()
                  .store(storeHoldEnded({ $$type: 'HoldEnded', jobId: BigInt(jobId), ...owner() }))
                  .endCell()
            : held(heldUntil, jobId);
        const result = await speakFor(
            world.world,
            world.client.escrow.address,
            stake().address,
            body,
        );
        const answer = result.transactions.find(
            ({ inMessage }) => inMessage?.info.dest?.toString() === stake().address.toString(),
        );
        if (answer?.description.type !== 'generic') throw new Error();
        expect(answer.description.computePhase).toMatchObject({ exitCode: 0 });
    }
});
