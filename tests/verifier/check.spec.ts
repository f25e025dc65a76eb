import { beginCell } from '@ton/core';
import { checkFee } from '../../wrappers';
import { number, PRICE, until, World } from './world';

jest.setTimeout(240_000);

describe('A verifier', () => {
    let world: World;
    beforeAll(async () => {
        world = await World.create();
    });
    afterAll(() => world.stop());
    afterEach(async () => {
        for (const verifier of world.verifiers.splice(0)) await verifier.stop();
    });

    it('claims, seals, waits for the opening, reveals and is paid', async () => {
        const verifier = await world.verifier('paid');
        const posted = await world.post(world.job([1, 2, 3]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted);
        await verifier.heard('closed');
        const fee = checkFee(await world.market.getMarketParameters(), PRICE, 3);
        expect(await verifier.heard('rewarded')).toMatchObject({ reason: 'check', earned: fee });
        expect(await verifier.heard('revealed')).toMatchObject({ verdict: 'sketch' });
        await until(async () => (await verifier.stake.getStake()).withdrawable === fee);
        const [check] = verifier.status.recent;
        expect(check).toMatchObject({ outcome: 'passed', earned: fee });
        expect(check?.news.map(({ text }) => text)).toContain(
            'Sealed what was found; the provider opens next.',
        );
        expect(verifier.status).toMatchObject({ bondsAtStake: 0n, totals: { verified: 1 } });
    });

    it('checks the job of a silent client, and lets time pay when nobody disputes', async () => {
        const verifier = await world.verifier('silent');
        const posted = await world.post(world.job([4]));
        await world.provider.deliver(posted);
        await world.pass(posted);
        await posted.escrow.sendTick(posted.jobId);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted);
        await world.reached(posted, 'appeal');
        await world.pass(posted);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed-silent' });
        expect(await verifier.heard('ticked')).toMatchObject({ what: 'end' });
        expect((await verifier.heard('rewarded')).earned).toBeGreaterThan(0n);
    });

    it('convicts a provider that does not open, and gets its bond and fee', async () => {
        const parameters = await world.market.getMarketParameters();
        const other = await World.create();
        try {
            const verifier = await other.verifier('unopened');
            const posted = await other.post(other.job([5]));
            await other.provider.deliver(posted);
            await other.accept(posted);
            await verifier.heard('claimed');
            await other.pass(posted);
            await other.reached(posted, 'checking/open');
            await other.pass(posted);
            expect(await verifier.heard('closed')).toMatchObject({ outcome: 'convicted' });
            expect(await verifier.heard('ticked')).toMatchObject({ what: 'not-opened' });
            expect(await verifier.heard('rewarded')).toMatchObject({
                earned: checkFee(parameters, PRICE, 1),
            });
            expect((await other.provider.stake.getStanding()).convicted).toBe(true);
        } finally {
            await other.stop();
        }
    });

    it('takes the next round when another verifier did not keep its word', async () => {
        const lazy = await world.verifier('lazy');
        // Its stake is older than the commit: what is younger may not claim.
        const diligent = await world.verifierWithoutNode('diligent');
        const posted = await world.post(world.job([6]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await lazy.heard('claimed');
        await lazy.stop();
        await world.pass(posted);
        await diligent.start();
        await diligent.heard('seen');
        await world.pass(posted);
        expect(await diligent.heard('ticked')).toMatchObject({ what: 'next-round' });
        expect(await diligent.heard('claimed')).toMatchObject({ duty: { turn: 1 } });
        await world.pass(posted);
        await world.provider.open(posted);
        expect(await diligent.heard('closed')).toMatchObject({ outcome: 'passed' });
        await lazy.start();
        expect(await lazy.heard('lost')).toMatchObject({ duty: { turn: 0 } });
    });

    it('leaves the claim to the lower ticket, and has its bond back', async () => {
        const both = [await world.verifier('left'), await world.verifier('right')];
        const posted = await world.post(world.job([7]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await until(() =>
            both.some((one) => one.kinds().some((kind) => /outdone|abstained/.test(kind))),
        );
        await until(() => both.some((one) => one.count('claimed') > 0));
        await world.pass(posted);
        await world.provider.open(posted);
        await until(() => both.some((one) => one.count('rewarded') > 0));
        const paid = both.filter((one) => one.count('rewarded') > 0);
        expect(paid).toHaveLength(1);
        for (const one of both) expect(one.count('lost')).toBe(0);
        await until(() => both.every((one) => one.status.bondsAtStake === 0n));
    });

    it.each([
        ['a fee that does not cover the work', 'not-worth', { pricing: 10n ** 12n }],
        ['more bonds than the operator allows', 'bonds', { maxBondsNano: 1n }],
        ['a model that the operator blocks', 'rules', { rules: ['identity'] }],
    ])('does not claim for %s', async (_why, reason, how) => {
        const verifier = await world.verifier(`abstains-${reason}`, {
            ...('pricing' in how && { pricing: { kind: 'per-item', nano: how.pricing } }),
            ...('maxBondsNano' in how && { maxBondsNano: how.maxBondsNano }),
            ...('rules' in how && { rules: { block: { models: how.rules } } }),
        });
        const posted = await world.post(world.job([8]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        expect(await verifier.heard('abstained')).toMatchObject({ reason });
        expect(verifier.kinds()).not.toContain('claiming');
    });

    it('does not claim for terms that compare in another way than the spec says', async () => {
        const verifier = await world.verifier('other-rule');
        const exact = beginCell().storeUint(1, 8).endCell();
        const posted = await world.post(world.job([9]), { rule: exact });
        await world.provider.deliver(posted, () => number(9));
        await world.accept(posted);
        expect(await verifier.heard('abstained')).toMatchObject({ reason: 'malformed' });
    });
});
