import { randomBytes } from 'node:crypto';
import { identityManifest, identityModel } from '../../bench/identity-model';
import {
    asHash,
    ENVELOPE_BYTES,
    encodeItem,
    hashToHex,
    openKeyEnvelope,
    tensorOf,
} from '../../protocol';
import type { Provider } from '../../provider';
import {
    announceJob,
    createSealing,
    type Fetch,
    handOverKey,
    prepareJob,
    pushBlob,
} from '../../sdk';
import { MIN_ATTEMPTS } from '../../verifier';
import { type ArenaVerifier, number, type PostedJob, PRICE, until, World } from './world';

const JURORS = 5;
jest.setTimeout(300_000);

/** Answers requests for keys, and leaves the others alone. */
function answering(keys: () => Response): Fetch {
    return (url, init) => (url.includes('/keys/') ? Promise.resolve(keys()) : fetch(url, init));
}

const withheld = answering(() => new Response(undefined, { status: 404 }));
const wrong = answering(() => new Response(randomBytes(112)));

describe('The check of a sealed job', () => {
    let world: World;
    let provider: Provider;
    let stake: Awaited<ReturnType<World['realProvider']>>['stake'];
    beforeEach(async () => {
        world = await World.create();
        ({ provider, stake } = await world.realProvider('sealer', {
            pricing: { kind: 'per-item', nano: PRICE / 8n },
        }));
    });
    afterEach(() => world.stop());

    /** A sealed job that the node has done and its client has accepted. */
    async function done(values: readonly number[]): Promise<PostedJob> {
        const { contentKey, ...sealing } = createSealing();
        const job = prepareJob({
            manifest: identityManifest(),
            items: values.map((value) => encodeItem({ x: tensorOf('float32', [1], [value]) })),
            sources: [],
            sealing: { contentKey, ...sealing },
        });
        await announceJob({ job, endpoints: [provider.url] });
        for (const blob of [...job.blobs, identityModel()]) {
            await pushBlob(blob, `${provider.url}/blobs`);
        }
        const posted = await world.post(job);
        await world.reached(posted, 'assigned');
        await handOverKey({
            chain: world.chain,
            stake: stake.address,
            keyHash: keyHashOf(posted),
            contentKey,
        });
        await world.reached(posted, 'committed');
        await world.accept(posted);
        return posted;
    }

    const keyHashOf = ({ job }: PostedJob) => {
        const { privacy } = job.spec;
        if (privacy.mode !== 'sealed') throw new TypeError('The job is not sealed.');
        return privacy.keyHash;
    };

    /** Asks the provider for the key of a job as the node of a verifier does. */
    const ask = (posted: PostedJob, who: { readonly stake: { address: typeof stake.address } }) =>
        fetch(
            `${provider.url}/keys/${posted.escrow.address.toRawString()}/${posted.jobId}/` +
                who.stake.address.toRawString(),
        );

    it('passes with the key that the provider gives to the drawn verifier, and to nobody else', async () => {
        // It seals on chain, so that there is time to ask.
        const alone: Fetch = (url, init) =>
            url.includes('/seals/')
                ? Promise.resolve(new Response(undefined, { status: 404 }))
                : fetch(url, init);
        const verifier = await world.verifier('drawn', { fetch: alone });
        const stranger = await world.verifierWithoutNode('stranger');
        const posted = await done([1, 2, 3]);
        await verifier.heard('claimed');
        // Until claims have ended, another one may be drawn.
        expect((await ask(posted, verifier)).status).toBe(403);
        await world.pass(posted);
        await verifier.heard('sealed');
        expect((await ask(posted, stranger)).status).toBe(403);
        expect((await ask(posted, { stake })).status).toBe(403);
        await until(async () => (await world.look(posted)) === undefined);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect(await verifier.heard('revealed')).toMatchObject({ verdict: 'sketch' });
        // The check is over, and so is the right to the key.
        await until(async () => (await ask(posted, verifier)).status === 404);
    });

    it('gives a key that only the node key of the drawn stake opens', async () => {
        // It does not get on, so that the check stays open.
        const verifier = await world.verifier('drawn', { fetch: withheld });
        const posted = await done([4]);
        await verifier.heard('claimed');
        await world.pass(posted);
        let answer = await ask(posted, verifier);
        await until(async () => (answer = await ask(posted, verifier)).status === 200);
        const bytes = new Uint8Array(await answer.arrayBuffer());
        const keyHash = hashToHex(asHash(bytes.subarray(0, 32)));
        const envelope = bytes.subarray(32, 32 + ENVELOPE_BYTES);
        const { escrow, jobId } = posted;
        const purpose = {
            kind: 'check',
            escrow: { workchain: 0, hash: escrow.address.hash },
            jobId,
            index: 0,
            stake: { workchain: 0, hash: verifier.stake.address.hash },
        } as const;
        const key = await openKeyEnvelope(envelope, keyHash, verifier.keys.secretKey, purpose);
        expect(key).toHaveLength(32);
        const other = await world.verifierWithoutNode('other');
        await expect(
            openKeyEnvelope(envelope, keyHash, other.keys.secretKey, purpose),
        ).rejects.toMatchObject({ code: 'ENVELOPE_REFUSED' });
    });

    async function jury(options: (seat: number) => { readonly fetch?: Fetch }) {
        const jurors: ArenaVerifier[] = [];
        for (let n = 0; n < JURORS; n++) jurors.push(await world.verifierWithoutNode(`juror-${n}`));
        return {
            jurors,
            /** Jurors claim, try what they have to, seal and reveal, until the job is over. */
            judge: async (posted: PostedJob) => {
                for (const [seat, juror] of jurors.entries()) await juror.start(options(seat));
                await world.reached(posted, 'jury/claim');
                await until(() => jurors.every((juror) => juror.count('claimed') > 0));
                await world.pass(posted);
                await world.creep(() => jurors.every((juror) => juror.count('revealed') > 0));
                await world.reached(posted, 'appeal');
                await world.pass(posted);
                await world.over(posted);
            },
        };
    }

    it('convicts a provider that gives no key, or a wrong one, once all was tried', async () => {
        const verifier = await world.verifier('keyless', { fetch: withheld });
        const { judge, jurors } = await jury((seat) => ({ fetch: seat < 3 ? wrong : withheld }));
        const posted = await done([5, 6]);
        await verifier.heard('claimed');
        await world.pass(posted);
        await world.creep(() => verifier.count('sealed') > 0);
        await world.creep(() => verifier.count('revealed') > 0);
        expect(await verifier.heard('revealed')).toMatchObject({ verdict: 'missing-data' });
        const attempts = verifier.status.recent[0]?.claims[0]?.attempts ?? [];
        expect(attempts.map(({ what }) => what)).toEqual(Array<string>(MIN_ATTEMPTS).fill('key'));
        await judge(posted);
        expect(await verifier.heard('closed')).toMatchObject({ outcome: 'convicted' });
        expect((await stake.getStanding()).convicted).toBe(true);
        expect(verifier.count('lost')).toBe(0);
        const said = jurors[0]?.status.recent[0]?.claims[0]?.attempts[0]?.said;
        expect(said).toMatch(/wrong key/);
    });

    it('finds an honest provider right, whose key all jurors have', async () => {
        const accuser = await world.verifier('accuser', {
            execute: () => Promise.resolve({ status: 'done', output: number(99), elapsedMs: 1 }),
        });
        const { judge, jurors } = await jury(() => ({}));
        const posted = await done([7]);
        await accuser.heard('claimed');
        await world.pass(posted);
        await accuser.heard('revealed');
        await judge(posted);
        expect(await accuser.heard('closed')).toMatchObject({ outcome: 'passed' });
        expect(accuser.count('lost')).toBe(1);
        for (const juror of jurors) expect(juror.count('key-missing')).toBe(0);
    });
});
