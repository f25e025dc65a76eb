import { disputeJob } from '../../sdk';
import type { Wallet } from '../../sdk/node';
import type { VerifierOptions } from '../../verifier';
import { type ArenaVerifier, number, type PostedJob, until, World } from './world';

const JURORS = 5;
const APPEAL_JURORS = 15;
/** Twenty-one nodes on a few cores. */
jest.setTimeout(900_000);

/** A node that finds the same in all that it is drawn for. */
const liar = {
    execute: () => Promise.resolve({ status: 'done', output: number(99), elapsedMs: 1 } as const),
};

describe('An appeal before fifteen real nodes', () => {
    let world: World;
    let verifier: ArenaVerifier;
    let jurors: ArenaVerifier[];
    let others: ArenaVerifier[];
    let appellant: Wallet;
    beforeEach(async () => {
        world = await World.create();
        const nodes: ArenaVerifier[] = [];
        for (let n = 0; n <= JURORS + APPEAL_JURORS; n++) {
            nodes.push(await world.verifierWithoutNode(`node-${n}`));
        }
        [verifier, jurors, others] = [
            nodes[0] as ArenaVerifier,
            nodes.slice(1, 1 + JURORS),
            nodes.slice(1 + JURORS),
        ];
        appellant = await world.fund('100');
    });
    afterEach(() => world.stop());

    /** From an opened check to what the first jury found, and the appeal against it. */
    async function appealed(
        posted: PostedJob,
        options: Partial<VerifierOptions> = {},
    ): Promise<void> {
        await world.reached(posted, 'jury/claim');
        for (const juror of jurors) await juror.start(options);
        await until(() => jurors.every((juror) => juror.count('claimed') > 0));
        await world.pass(posted);
        await until(() => jurors.every((juror) => juror.count('revealed') > 0));
        await world.reached(posted, 'appeal');
        const { chain, deployment } = world;
        const job = { escrow: posted.escrow.address, jobId: posted.jobId };
        await disputeJob({ chain, deployment, job, sender: appellant, leaf: 0 });
        await world.reached(posted, 'jury/claim');
        for (const juror of others) await juror.start();
        await until(() => others.every((juror) => juror.count('claimed') > 0));
        await world.pass(posted);
        await until(() => others.every((juror) => juror.count('revealed') > 0));
        await world.over(posted);
    }

    it('stands by the conviction of a provider that fabricated its results', async () => {
        await verifier.start();
        const posted = await world.post(world.job([1]));
        await world.provider.deliver(posted, () => number(0.5));
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted);
        const before = (await world.chain.account(appellant.address)).balance;
        await appealed(posted);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'convicted' });
        expect((await world.provider.stake.getStanding()).convicted).toBe(true);
        for (const juror of [...jurors, ...others]) {
            const { reason, earned } = await juror.heard('rewarded');
            expect([reason, earned > 0n, juror.count('lost')]).toEqual(['jury', true, 0]);
            expect(juror.count('claimed')).toBe(1);
        }
        // Who doubts what is right pays for the fifteen.
        const spent = before - (await world.chain.account(appellant.address)).balance;
        const earned = await Promise.all(
            others.map(async (juror) => (await juror.heard('rewarded')).earned),
        );
        expect(spent).toBeGreaterThan(earned.reduce((sum, one) => sum + one, 0n));
    });

    it('finds a provider right whom a verifier and a whole jury conspired to rob', async () => {
        await verifier.start(liar);
        const posted = await world.post(world.job([7]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted);
        const before = (await world.chain.account(appellant.address)).balance;
        await appealed(posted, liar);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect((await world.provider.stake.getStanding()).convicted).toBe(false);
        for (const juror of others) {
            expect((await juror.heard('rewarded')).earned).toBeGreaterThan(0n);
            expect(juror.count('lost')).toBe(0);
        }
        for (const one of [verifier, ...jurors]) expect(one.count('lost')).toBe(1);
        // The bond of who was right comes back, out of what the others lost.
        const spent = before - (await world.chain.account(appellant.address)).balance;
        expect(spent).toBeLessThan(20_000_000n);
    });
});
