import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import { hashToHex, type HashHex, sha256 } from '../../protocol';
import { createPeerNetwork } from '../../provider/peer-network';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { parseResultDocument, peerUrl, resultsPath, withPeers } from '../../sdk';
import { until, World } from './world';

describe('A node with the peer-to-peer network', () => {
    let world: World;
    afterEach(() => world.stop());

    const joined = async (
        name: string,
        blobs: BlobStore,
        { secretKey } = keyPairFromSeed(randomBytes(32)),
    ) => {
        const network = await createPeerNetwork({
            blobs,
            nodeKey: secretKey,
            listen: ['/ip4/127.0.0.1/tcp/0'],
            allowPrivate: true,
            partialFolder: join(world.folder, name),
        });
        world.endings.push(() => network.stop());
        return network;
    };

    it('does a job for a client that knows its key alone, from the spec to the proof', async () => {
        world = await World.create({ operators: [] });
        const blobs = createBlobStore({ folder: join(world.folder, 'node-blobs') });
        const keys = keyPairFromSeed(randomBytes(32));
        const own = await joined('node', blobs, keys);
        const client = await joined('client', world.stage.blobs);
        await client.join(own.addresses);
        const endpoint = peerUrl(own.peer.toString());
        const passed: string[] = [];
        let forBrowsers = false;
        const node = await world.node(
            {
                ...{ blobs, nodeKey: keys.secretKey, byKeyOnly: true },
                peers: {
                    fetch: (request) => own.blobs.fetch(request),
                    get forBrowsers() {
                        return forBrowsers;
                    },
                    serve: (server) => own.http.serve(server),
                },
                onEvent: (event) => {
                    if (event.kind === 'passed') passed.push(event.reason);
                },
            },
            undefined,
            { keys, endpoint },
        );
        const shut = (url: string) => Promise.reject(new Error(`${url} is no peer`));
        const fetch = withPeers(shut, (url, init) => client.http.fetch(url, init));
        const way = { endpoints: [endpoint], fetch };
        const sources = client.addresses;

        // Not for a client that could not fetch the results.
        await world.post(await world.job([9], { sources }), way);
        await until(() => passed.length > 0);
        expect(passed).toEqual(['client-without-peers']);

        // Nor for one in a browser, while none can dial this node.
        const delivery = { peers: true, webRtcOnly: true };
        await world.post(await world.job([8], { sources, delivery }), way);
        await until(() => passed.length > 1);
        expect(passed).toEqual(['client-without-peers', 'client-without-peers']);

        forBrowsers = true;
        const job = await world.job([1, 2, 3], { sources, delivery });
        const { ticket, closing, items } = await world.run(job, way);
        expect(closing).toMatchObject({ outcome: 'accepted' });
        expect(items.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
        const proof = `${resultsPath(ticket.escrow, ticket.jobId)}/proof/1`;
        const over = await client.http.fetch(`${endpoint}${proof}`);
        const here = await globalThis.fetch(`${node.url}${proof}`);
        await expect(over.json()).resolves.toEqual(await here.json());
    });

    it('takes the inputs of a job from a peer, and gives results to peers', async () => {
        world = await World.create({ operators: [] });
        const blobs = createBlobStore({ folder: join(world.folder, 'node-blobs') });
        const own = await joined('node', blobs);
        const client = await joined('client', world.stage.blobs);
        const refused: string[] = [];
        const node = await world.node({
            blobs,
            peers: own.blobs,
            fetch: (url) => {
                refused.push(url);
                return Promise.reject(new Error('HTTP is shut off here'));
            },
        });
        const job = await world.job([1, 2, 3], { sources: client.addresses });
        const { ticket, closing } = await world.run(job, { endpoints: [node.url] });
        expect(closing).toMatchObject({ outcome: 'accepted' });
        expect(refused).toEqual([]);

        const answer = await fetch(`${node.url}${resultsPath(ticket.escrow, ticket.jobId)}`);
        const document = parseResultDocument(await answer.json());
        const [batch] = document.batches;
        const fetched = createBlobStore({ folder: join(world.folder, 'fetched') });
        const wanted = batch?.sha256 as HashHex;
        await client.blobs.fetch({
            sha256: wanted,
            sources: own.addresses,
            maxBytes: batch?.bytes ?? 0,
            take: (path) => fetched.adopt(path, wanted),
        });
        expect(hashToHex(sha256((await fetched.read(wanted)) as Uint8Array))).toBe(wanted);
    });

    it('asks the nodes beside it for what is at none of the places that a job names', async () => {
        world = await World.create({ operators: [] });
        const blobs = createBlobStore({ folder: join(world.folder, 'node-blobs') });
        const beside = createBlobStore({ folder: join(world.folder, 'blobs-beside') });
        const own = await joined('node', blobs);
        const other = await joined('other', beside);
        await own.join(other.addresses);
        let asked = 0;
        const node = await world.node({
            blobs,
            peers: {
                fetch: (request) => own.blobs.fetch(request),
                neighbours: () => {
                    asked++;
                    return own.libp2p.getPeers().map((peer) => `/p2p/${peer.toString()}`);
                },
            },
        });
        const here = await world.job([1, 2]);
        const way = { endpoints: [node.url] };
        expect((await world.run(here, way)).closing).toMatchObject({ outcome: 'accepted' });
        expect(asked).toBe(0);

        const elsewhere = await world.job([3, 4], { serve: false });
        for (const blob of elsewhere.blobs) await beside.write(blob);
        expect((await world.run(elsewhere, way)).closing).toMatchObject({ outcome: 'accepted' });
        expect(asked).toBeGreaterThan(0);
    });
});
