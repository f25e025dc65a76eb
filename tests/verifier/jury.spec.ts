import { MIN_ATTEMPTS } from '../../verifier';
import { honestOutput, number, type PostedJob, type ArenaVerifier, until, World } from './world';

const JURORS = 5;
jest.setTimeout(300_000);

/** A verifier that has claimed, and five more that will sit in a jury. */
async function court(world: World): Promise<{ verifier: ArenaVerifier; jurors: ArenaVerifier[] }> {
    const verifier = await world.verifier('verifier');
    const jurors: ArenaVerifier[] = [];
    for (let n = 0; n < JURORS; n++) jurors.push(await world.verifierWithoutNode(`juror-${n}`));
    return { verifier, jurors };
}

/** Claims of jurors, seals, reveals, and the end of the time for disputes. */
async function judge(world: World, posted: PostedJob, jurors: ArenaVerifier[]): Promise<void> {
    for (const juror of jurors) await juror.start();
    await world.reached(posted, 'jury/claim');
    await until(() => jurors.every((juror) => juror.count('claimed') > 0));
    await world.pass(posted);
    await until(() => jurors.every((juror) => juror.count('revealed') > 0));
    await world.reached(posted, 'appeal');
    await world.pass(posted);
    await world.over(posted);
}

describe('A jury of verifiers', () => {
    let world: World;
    beforeEach(async () => {
        world = await World.create();
    });
    afterEach(() => world.stop());

    it('convicts a provider that fabricates results', async () => {
        const { verifier, jurors } = await court(world);
        const posted = await world.post(world.job([1, 2]));
        await world.provider.deliver(posted, () => number(0.5));
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted);
        expect(await verifier.heard('revealed')).toMatchObject({ verdict: 'sketch' });
        await world.reached(posted, 'jury/claim');
        await judge(world, posted, jurors);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'convicted' });
        expect((await world.provider.stake.getStanding()).convicted).toBe(true);
        for (const juror of jurors) {
            expect(await juror.heard('rewarded')).toMatchObject({ reason: 'jury' });
            expect((await juror.heard('rewarded')).earned).toBeGreaterThan(0n);
        }
        expect(verifier.count('lost')).toBe(0);
        expect(verifier.status.recent[0]?.earned).toBeGreaterThan(0n);
    });

    it('convicts a provider that opens the right sketch over another delivered result', async () => {
        const { verifier, jurors } = await court(world);
        const posted = await world.post(world.job([3]));
        await world.provider.deliver(posted, () => number(0.5));
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted, honestOutput);
        expect(await verifier.heard('revealed')).toMatchObject({ verdict: 'broken-binding' });
        await world.reached(posted, 'jury/claim');
        await judge(world, posted, jurors);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'convicted' });
        expect(verifier.count('lost')).toBe(0);
    });

    it('convicts a provider that opens another sketch than that of its right result', async () => {
        const { verifier, jurors } = await court(world);
        const posted = await world.post(world.job([7]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted, () => number(70));
        expect(await verifier.heard('revealed')).toMatchObject({ verdict: 'broken-binding' });
        await world.reached(posted, 'jury/claim');
        await judge(world, posted, jurors);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'convicted' });
        expect(verifier.count('lost')).toBe(0);
    });

    it('convicts a provider that withholds what it committed to, once all was tried', async () => {
        const { verifier, jurors } = await court(world);
        const posted = await world.post(world.job([4]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await verifier.heard('claimed');
        world.provider.withholds = true;
        await world.pass(posted);
        await world.provider.open(posted);
        await world.reached(posted, 'checking/reveal');
        await world.creep(() => verifier.count('revealed') > 0);
        expect(await verifier.heard('revealed')).toMatchObject({ verdict: 'missing-data' });
        const attempts = verifier.status.recent[0]?.claims[0]?.attempts ?? [];
        expect(new Set(attempts.map(({ round }) => round)).size).toBe(MIN_ATTEMPTS);
        expect((attempts.at(-1)?.at ?? 0) - (attempts[0]?.at ?? 0)).toBeGreaterThan(300);
        for (const juror of jurors) await juror.start();
        await world.reached(posted, 'jury/claim');
        await until(() => jurors.every((juror) => juror.count('claimed') > 0));
        await world.pass(posted);
        await world.creep(() => jurors.every((juror) => juror.count('revealed') > 0));
        await world.reached(posted, 'appeal');
        await world.pass(posted);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'convicted' });
    });

    it('finds an honest provider right whom a verifier accuses, which loses its bond', async () => {
        const verifier = await world.verifier('accuser', {
            execute: () => Promise.resolve({ status: 'done', output: number(99), elapsedMs: 1 }),
        });
        const jurors: ArenaVerifier[] = [];
        for (let n = 0; n < JURORS; n++) jurors.push(await world.verifierWithoutNode(`j-${n}`));
        const posted = await world.post(world.job([5]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted);
        await verifier.heard('revealed');
        await world.reached(posted, 'jury/claim');
        await judge(world, posted, jurors);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect(await verifier.heard('lost')).toMatchObject({ duty: { role: 'verifier' } });
        expect(verifier.status.recent[0]?.news.at(-2)?.text).toMatch(/^Lost the bond/);
    });

    it('comes to nothing where too few come, and everybody has their bonds back', async () => {
        const { verifier, jurors } = await court(world);
        const posted = await world.post(world.job([6]));
        await world.provider.deliver(posted, () => number(0.5));
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.provider.open(posted);
        await world.reached(posted, 'jury/claim');
        const [first] = jurors;
        await first?.start();
        await first?.heard('claimed');
        await world.pass(posted);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'void' });
        await first?.heard('rewarded');
        expect([verifier, first].map((one) => one?.count('lost'))).toEqual([0, 0]);
    });
});
