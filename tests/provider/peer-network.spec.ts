import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import { hashToHex, type HashHex, sha256 } from '../../protocol';
import { createPeerNetwork } from '../../provider/peer-network';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { parseResultDocument, resultsPath } from '../../sdk';
import { World } from './world';

describe('A node with the peer-to-peer network', () => {
    let world: World;
    afterEach(() => world.stop());

    const joined = async (name: string, blobs: BlobStore) => {
        const network = await createPeerNetwork({
            blobs,
            nodeKey: keyPairFromSeed(randomBytes(32)).secretKey,
            listen: ['/ip4/127.0.0.1/tcp/0'],
            allowPrivate: true,
            partialFolder: join(world.folder, name),
        });
        world.endings.push(() => network.stop());
        return network;
    };

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
});
