import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import type { NetworkNode } from '../../network';
import { createAwaitedBlobs } from '../../provider/awaited-blobs';
import { BlobPatience } from '../../provider/blob-patience';
import { PassError } from '../../provider/errors';
import { Offers } from '../../provider/offers';
import { missingOf } from '../../provider/outcomes/reasons';
import { createPeerNetwork } from '../../provider/peer-network';
import type { PeerFetch, ProviderEvent, ProviderOptions } from '../../provider';
import { Address } from '@ton/core';
import { hashToHex, sha256 } from '../../protocol';
import { announceJob, BlobUnavailableError, type PreparedJob, whyPath } from '../../sdk';
import { createBlobStore } from '../../sdk/node';
import { standingClock, until, World } from './world';

/** Puts the first look by time off for longer than a test takes. */
const NOT_BY_TIME = { random: () => 100 };
const PEER = '/p2p/12D3KooWGjMCqXMJbA4rXmCkzMQZJ7mNhaMwNv5tnQnHfXd2UXxb';

const specOf = ({ specBytes }: PreparedJob) => hashToHex(sha256(specBytes));

describe('A node that could not have what a job names when it looked', () => {
    let world: World;
    let events: ProviderEvent[];
    beforeEach(async () => {
        events = [];
        world = await World.create({ operators: [], nowMs: standingClock() });
    });
    afterEach(() => world.stop());

    const create = (options: Partial<ProviderOptions> = {}) =>
        world.node({ onEvent: (event) => events.push(event), ...options });
    const heard = async <K extends ProviderEvent['kind']>(kind: K, jobId = 0) => {
        const find = () => events.find((one) => one.kind === kind && one.jobId === jobId);
        await until(() => find() !== undefined);
        return find() as Extract<ProviderEvent, { readonly kind: K }>;
    };

    it('bids when the client gives it the spec after all', async () => {
        const node = await create(NOT_BY_TIME);
        const job = await world.job([1]);
        const ticket = await world.post(job, { endpoints: [], takePrice: 0n });
        expect(await heard('waits')).toMatchObject({ lacks: 'blobs' });
        expect(node.status().work.jobs).toMatchObject([{ phase: 'waiting' }]);
        await announceJob(world.request(job, { endpoints: [node.url] }));
        await heard('bid');
        await world.stage.devnet.advanceTime(31);
        await heard('committed', ticket.jobId);
        expect(events.map(({ kind }) => kind)).not.toContain('passed');
    });

    it('says meanwhile what is missing, to whoever knows the spec', async () => {
        const node = await create(NOT_BY_TIME);
        const job = await world.job([1], { serve: false });
        const { escrow, jobId } = await world.post(job, { endpoints: [node.url] });
        await heard('waits');
        const answer = await fetch(`${node.url}${whyPath(escrow, jobId, specOf(job))}`);
        expect(await answer.json()).toMatchObject({ reason: { code: 'missing', what: 'inputs' } });
    });

    it('bids by itself when a source that had failed is there again', async () => {
        let up = false;
        const node = await create({
            random: () => 0,
            fetch: (url, init) => (up ? fetch(url, init) : Promise.reject(new Error('down'))),
        });
        const job = await world.job([1]);
        await world.post(job, { endpoints: [node.url], takePrice: 0n });
        expect((await heard('waits')).detail).toContain('down');
        up = true;
        await heard('bid');
        expect(events.filter(({ kind }) => kind === 'waits')).toHaveLength(1);
    });

    it('bids by itself when another node has the spec by then', async () => {
        const other = await world.node({});
        await create();
        const job = await world.job([1]);
        await world.post(job, { endpoints: [], takePrice: 0n });
        await heard('waits');
        await announceJob(world.request(job, { endpoints: [other.url] }));
        // Whether it bids then is a question of the price.
        await heard('described');
    });

    it('passes the job with what it lacked when the time for bids is over', async () => {
        const node = await create(NOT_BY_TIME);
        await world.post(await world.job([1]), { endpoints: [], takePrice: 0n });
        await heard('waits');
        await world.stage.devnet.advanceTime(31);
        expect((await heard('passed')).reason).toBe('spec-unavailable');
        await until(() => node.status().work.jobs.length === 0);
    });

    it('bids with what a peer gives that says it has the documents', async () => {
        const staked = new Set<string>();
        const joined = async (name: string) => {
            const blobs = createBlobStore({ folder: join(world.folder, name) });
            const offers = new Set<Parameters<NonNullable<PeerFetch['hearDocuments']>>[0]>();
            const network: NetworkNode = await createPeerNetwork({
                blobs,
                nodeKey: keyPairFromSeed(randomBytes(32)).secretKey,
                listen: ['/ip4/127.0.0.1/tcp/0'],
                allowPrivate: true,
                partialFolder: join(world.folder, `${name}-partial`),
                isStaked: (peer) => staked.has(peer.toString()),
                onDocuments: ({ escrow, job }, peer) => {
                    const account = Address.parseRaw(escrow);
                    for (const offer of offers)
                        offer(account, Number(job), `/p2p/${peer.toString()}`);
                },
            });
            world.endings.push(() => network.stop());
            const market = world.stage.market.address.toRawString();
            const peers: PeerFetch = {
                fetch: (request) => network.blobs.fetch(request),
                announceDocuments: (escrow, jobId) =>
                    network.announceDocuments({
                        ...{ market, escrow: escrow.toRawString(), job: BigInt(jobId) },
                    }),
                hearDocuments: (onOffer) => {
                    offers.add(onOffer);
                    return () => void offers.delete(onOffer);
                },
            };
            return { network, blobs, peers };
        };
        const [one, two] = [await joined('one'), await joined('two')];
        staked.add(one.network.peer.toString());
        expect(await two.network.join([one.network.addresses[0] as string])).toBe(1);
        const { gossip } = two.network.libp2p.services as {
            gossip: { getSubscribers(topic: string): unknown[] };
        };
        await until(() => gossip.getSubscribers('/cocoon/documents/1').length > 0);
        const having = await world.node({ peers: one.peers, blobs: one.blobs });
        // By nothing but its peers does it come to anything.
        const shut = () => Promise.reject(new Error('HTTP is shut off here'));
        await create({ ...NOT_BY_TIME, blobs: two.blobs, peers: two.peers, fetch: shut });
        const job = await world.job([1]);
        await world.post(job, { endpoints: [], takePrice: 0n });
        expect((await heard('waits')).lacks).toBe('blobs');
        await announceJob(world.request(job, { endpoints: [having.url] }));
        await heard('described');
        expect(two.blobs.has(specOf(job))).toBe(true);
    });
});

describe('The patience of a node', () => {
    const addressOf = (digit: number) => new Address(0, Buffer.alloc(32, digit));
    const lack = (code: 'spec-unavailable' | 'inputs-unavailable', blob = 'ab'.repeat(32)) =>
        new PassError(
            missingOf(code, 'It'),
            'It is nowhere.',
            new BlobUnavailableError(blob as never, []),
        );
    const patience = (awaited = createAwaitedBlobs([]), client = addressOf(1)) => {
        let arrivals = 0;
        const own = new BlobPatience({
            ...{ awaited, client, random: () => 0.5, onArrival: () => void arrivals++ },
        });
        return { own, arrivals: () => arrivals };
    };

    it('asks less and less often, and strangers only so many times', () => {
        const { own } = patience();
        const waits = Array.from({ length: 8 }, () => own.next(lack('inputs-unavailable')));
        expect(waits).toEqual([2e3, 4e3, 8e3, 16e3, 32e3, 64e3, Infinity, Infinity]);
        const { own: other } = patience();
        for (let look = 0; look < 10; look++) other.next(lack('spec-unavailable'));
        expect(other.next(lack('spec-unavailable'))).toBe(300_000);
    });

    it('is for blobs alone', () => {
        expect(patience().own.next(new PassError('sealed', 'No.'))).toBeUndefined();
    });

    it('ends at eight jobs of one client, and at sixty-four', () => {
        const awaited = createAwaitedBlobs([]);
        const next = (client: number) =>
            patience(awaited, addressOf(client)).own.next(lack('spec-unavailable'));
        for (let job = 0; job < 8; job++) expect(next(1)).toBeDefined();
        expect(next(1)).toBeUndefined();
        for (let job = 0; job < 56; job++) expect(next(2 + (job >> 3))).toBeDefined();
        expect(next(100)).toBeUndefined();
    });

    it('is told of the blob that is missing and of no other, also of one that came meanwhile', () => {
        const here = new Set<string>();
        const awaited = createAwaitedBlobs([{ has: (blob) => here.has(blob) }]);
        const { own, arrivals } = patience(awaited);
        own.next(lack('spec-unavailable', 'aa'.repeat(32)));
        awaited.arrived('bb'.repeat(32) as never);
        expect(arrivals()).toBe(0);
        awaited.arrived('aa'.repeat(32) as never);
        expect(arrivals()).toBe(1);
        here.add('cc'.repeat(32));
        expect(own.next(lack('spec-unavailable', 'cc'.repeat(32)))).toBe(0);
        own.end();
        awaited.arrived('cc'.repeat(32) as never);
        expect(arrivals()).toBe(1);
    });

    it('takes the offers of four peers for a job, and each once', () => {
        const offers = new Offers();
        expect(offers.add(PEER)).toBe(true);
        expect(offers.add(PEER)).toBe(false);
        for (const n of [1, 2, 3]) expect(offers.add(`${PEER}${n}`)).toBe(true);
        expect(offers.add(`${PEER}4`)).toBe(false);
    });
});
