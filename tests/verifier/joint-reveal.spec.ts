import { identityModel } from '../../bench/identity-model';
import { guardedFetch, type ProviderEvent } from '../../provider';
import { announceJob, type Fetch, pushBlob } from '../../sdk';
import { historyBackwards } from '../../sdk/account-history';
import { tampered, unsent } from '../../attack/arena/tampered-chain';
import { readEscrowStep } from '../../wrappers';
import { type ArenaVerifier, number, type PostedJob, PRICE, until, World } from './world';

jest.setTimeout(240_000);

describe('A verifier and a provider that answers it', () => {
    let world: World;
    let provider: Awaited<ReturnType<World['realProvider']>>['provider'];
    const events: ProviderEvent[] = [];
    beforeAll(async () => {
        world = await World.create();
        const options = {
            pricing: { kind: 'per-item', nano: PRICE / 8n },
            onEvent: (event: ProviderEvent) => void events.push(event),
        } as const;
        ({ provider } = await world.realProvider('answering', options));
    });
    afterAll(() => world.stop());
    afterEach(async () => {
        for (const verifier of world.verifiers.splice(0)) await verifier.stop();
    });

    /** A job that the node has done and its client has accepted. */
    async function done(value: number): Promise<PostedJob> {
        const job = world.job([value]);
        await announceJob({ job, endpoints: [provider.url] });
        for (const blob of [...job.blobs, identityModel()]) {
            await pushBlob(blob, `${provider.url}/blobs`);
        }
        const posted = await world.post(job);
        await world.reached(posted, 'committed');
        await world.accept(posted);
        return posted;
    }

    const told = ({ jobId }: PostedJob, kind: ProviderEvent['kind']) =>
        events.filter((event) => event.kind === kind && event.jobId === jobId);

    /** What the Escrow was told about the check of a job, in order. */
    async function steps({ escrow, jobId }: PostedJob): Promise<string[]> {
        const history = await historyBackwards(world.chain, escrow.address, 60);
        const CHECK = ['seal', 'open', 'reveal', 'joint-reveal', 'equivocated'];
        return history
            .map((transaction) => readEscrowStep(transaction))
            .filter((step) => step?.jobId === jobId && CHECK.includes(step.kind))
            .map((step) => step?.kind ?? '')
            .reverse();
    }

    async function checkedBy(verifier: ArenaVerifier, value: number): Promise<PostedJob> {
        const posted = await done(value);
        await verifier.heard('claimed');
        await world.pass(posted);
        // The provider answers some seconds after the claims.
        await world.creep(() => verifier.current.some(({ kind }) => ENDS.has(kind)));
        return posted;
    }
    const ENDS = new Set(['closed', 'sealed', 'lost', 'failed']);

    it('reveal in one message where both got the same, and nothing else goes on chain', async () => {
        // As a node fetches from strangers.
        const verifier = await world.verifier('agrees', { fetch: guardedFetch(() => false) });
        const posted = await checkedBy(verifier, 1);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect(await verifier.heard('revealed')).toMatchObject({ jointly: true });
        expect(await verifier.heard('rewarded')).toMatchObject({ reason: 'check' });
        expect(await steps(posted)).toEqual(['joint-reveal']);
        await until(() => told(posted, 'closed').length > 0);
        expect(told(posted, 'opened-to-verifier')).toHaveLength(1);
        expect(told(posted, 'opened')).toEqual([]);
        expect(verifier.status).toMatchObject({ bondsAtStake: 0n, totals: { verified: 1 } });
    });

    it.each([
        ['answers nothing', 404],
        ['is not sure to the end', 503],
        ['gives what opens nothing', 200],
    ])('go on chain where the provider %s', async (_why, status) => {
        const silent: Fetch = (url, init) =>
            url.includes('/seals/')
                ? Promise.resolve(new Response(new Uint8Array(8), { status }))
                : fetch(url, init);
        const verifier = await world.verifier(`alone-${status}`, { fetch: silent });
        const posted = await checkedBy(verifier, 2 + status);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect(await steps(posted)).toEqual(['seal', 'open', 'reveal']);
        expect(verifier.count('lost')).toBe(0);
    });

    it('go on chain where no block takes the joint reveal', async () => {
        const chain = tampered(world.chain, () => ({ sendJointReveal: unsent }));
        const verifier = await world.verifier('unlucky', { chain });
        const posted = await checkedBy(verifier, 3);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect(await steps(posted)).toEqual(['seal', 'open', 'reveal']);
        expect(told(posted, 'contradicted')).toEqual([]);
    });

    it.each(['sealing', 'revealing'] as const)(
        'keep their word when the verifier is stopped at the moment of "%s"',
        async (moment) => {
            const verifier = await world.verifier(`stopped-${moment}`);
            let again: Promise<void> | undefined;
            verifier.onEvent = ({ kind }) => {
                if (kind !== moment || again !== undefined) return;
                again = verifier.stop().then(() => verifier.start());
            };
            const posted = await done(6);
            await verifier.heard('claimed');
            await world.pass(posted);
            await world.creep(() => verifier.count('closed') > 0);
            await again;
            expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
            expect(verifier.count('lost')).toBe(0);
            expect(told(posted, 'contradicted')).toEqual([]);
        },
    );

    it('cost a verifier that seals something else on chain its bond', async () => {
        const chain = tampered(world.chain, (escrow) => ({
            sendJointReveal: unsent,
            sendSeal: (sealed, key) => escrow.sendSeal({ ...sealed, seal: 1n << 200n }, key),
        }));
        const verifier = await world.verifier('lazy', { chain });
        const posted = await done(7);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.creep(() => told(posted, 'contradicted').length > 0);
        expect(await steps(posted)).toEqual(['seal', 'equivocated']);
        expect(await verifier.heard('lost')).toMatchObject({ duty: { turn: 0 } });
    });

    it('go on chain where they do not agree, and a jury judges', async () => {
        const verifier = await world.verifier('differs', {
            execute: () => Promise.resolve({ status: 'done', output: number(5), elapsedMs: 1 }),
        });
        const posted = await checkedBy(verifier, 4);
        const job = await world.reached(posted, 'jury');
        expect(job).toMatchObject({ jury: { cause: 'mismatch' } });
        expect(await steps(posted)).toEqual(['seal', 'open', 'reveal']);
    });
});
