import { number, type PostedJob, until, World } from './world';

jest.setTimeout(240_000);

describe('A verifier that is stopped and started again', () => {
    let world: World;
    beforeAll(async () => {
        world = await World.create();
    });
    afterAll(() => world.stop());

    const MOMENTS = [
        'seen',
        'described',
        'claiming',
        'claimed',
        'executed',
        'sealing',
        'sealed',
        'revealing',
        'revealed',
    ] as const;

    it.each(MOMENTS)('keeps its word when that happened at the moment of "%s"', async (moment) => {
        const verifier = await world.verifier(`at-${moment}`);
        let stopped: Promise<void> | undefined;
        let again: Promise<void> | undefined;
        verifier.onEvent = ({ kind }) => {
            if (kind !== moment || stopped !== undefined) return;
            stopped = verifier.stop();
            again = stopped.then(() => verifier.start());
        };
        const posted: PostedJob = await world.post(world.job([moment.length]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await until(() => verifier.count('claimed') > 0);
        if (again !== undefined) await again;
        await world.pass(posted);
        await world.provider.open(posted);
        await until(() => again !== undefined);
        await again;
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect(verifier.count('lost')).toBe(0);
        expect(verifier.count('failed')).toBe(0);
        expect(verifier.status.totals).toMatchObject({ claims: 1, verified: 1 });
        await verifier.stop();
    });

    it('reveals what it sealed although it has lost its state', async () => {
        const verifier = await world.verifier('forgetful');
        const posted = await world.post(world.job([3]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.reached(posted, 'checking/open');
        await verifier.stop();
        await verifier.start({ stateFolder: `${world.folder}/forgetful/new-state` });
        await world.provider.open(posted);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect(verifier.count('rewarded')).toBe(1);
        await verifier.stop();
    });

    it('reveals nothing else than what it sealed', async () => {
        const verifier = await world.verifier('changed');
        const posted = await world.post(world.job([4]));
        await world.provider.deliver(posted);
        await world.accept(posted);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.reached(posted, 'checking/open');
        await verifier.stop();
        // Neither its state nor its results are what they were.
        await verifier.start({
            stateFolder: `${world.folder}/changed/new-state`,
            execute: () => Promise.resolve({ status: 'done', output: number(5), elapsedMs: 1 }),
        });
        await world.provider.open(posted);
        const { error } = await verifier.heard('failed');
        expect(error).toMatchObject({ code: 'SEAL_CONFLICT' });
        expect(verifier.count('revealing')).toBe(0);
    });

    it('leaves no timer, and may be stopped again and again', async () => {
        const verifier = await world.verifier('stopped');
        await Promise.all([verifier.stop(), verifier.stop()]);
        await verifier.stop();
        expect(() => verifier.status).toThrow(TypeError);
    });
});
