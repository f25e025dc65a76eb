import { setTimeout as sleep } from 'node:timers/promises';
import {
    choosing,
    encryptedTo,
    ENDLESS,
    named,
    onStream,
    openFor,
    opening,
    rawTo,
    yamuxFrame,
} from './rough-peer';
import { NetworkWorld, type TestNode } from './world';

/** Within this a peer is gone; libp2p itself waits for 10 s. */
const SOON_MS = 3_000;
const YAMUX = '/yamux/1.0.0';

describe('A peer that sends a length without end', () => {
    let world: NetworkWorld;
    let node: TestNode;
    beforeAll(async () => {
        world = new NetworkWorld();
        node = await world.node();
    });
    afterAll(() => world.stop());

    const refused = (where: string) => node.refused[`length: ${where}`] ?? 0;
    const sendTo = async (socket: Awaited<ReturnType<typeof rawTo>>, ...parts: Buffer[]) => {
        for (const part of parts) socket.write(part);
        return openFor(socket, 2 * SOON_MS);
    };

    it('is cut off before the encryption is chosen', async () => {
        const before = refused('before encryption');
        expect(await sendTo(await rawTo(node.address), ENDLESS)).toBeLessThan(SOON_MS);
        expect(refused('before encryption')).toBe(before + 1);
    });

    it('is cut off when it proposes encryptions without end', async () => {
        const before = refused('before encryption');
        const socket = await rawTo(node.address);
        const proposals = Array<Buffer>(200).fill(named(`/${'x'.repeat(100)}`));
        expect(await sendTo(socket, ...proposals)).toBeLessThan(SOON_MS);
        expect(refused('before encryption')).toBe(before + 1);
    });

    it('is cut off before the muxer is chosen', async () => {
        expect(await sendTo(await encryptedTo(node.address), ENDLESS)).toBeLessThan(SOON_MS);
        expect(refused('before the muxer')).toBe(1);
    });

    it('is cut off when it announces a frame that passes every window', async () => {
        const socket = await encryptedTo(node.address, YAMUX);
        const frame = yamuxFrame(0, 1, 1, 0xffff_ffff);
        expect(await sendTo(socket, frame)).toBeLessThan(SOON_MS);
        expect(refused('in a frame')).toBe(1);
    });

    it('is cut off on a stream, before its protocol is chosen', async () => {
        const before = refused('on a stream');
        const socket = await encryptedTo(node.address, YAMUX);
        expect(await sendTo(socket, opening(1, ENDLESS))).toBeLessThan(SOON_MS);
        expect(refused('on a stream')).toBe(before + 1);
    });

    it.each(['/ipfs/id/push/1.0.0', '/libp2p/autonat/1.0.0', '/cocoon/kad/1.0.0'])(
        'is cut off on a stream of %s',
        async (protocol) => {
            const before = refused('on a stream');
            const socket = await encryptedTo(node.address, YAMUX);
            socket.write(opening(1, choosing(protocol)));
            await sleep(50);
            expect(await sendTo(socket, onStream(1, ENDLESS))).toBeLessThan(SOON_MS);
            expect(refused('on a stream')).toBe(before + 1);
        },
    );

    it('is cut off on a stream that the node itself has opened', async () => {
        const before = refused('on a stream');
        const socket = await encryptedTo(node.address, YAMUX);
        // The node asks who the peer is, on its first stream.
        await sleep(100);
        expect(await sendTo(socket, onStream(2, ENDLESS))).toBeLessThan(SOON_MS);
        expect(refused('on a stream')).toBe(before + 1);
    });

    it('costs others nothing: a peer that speaks well is served', async () => {
        const [sha256, other] = [node.put(Buffer.alloc(1024)), await world.node({ listen: [] })];
        await other.blobs.fetch({
            ...{ sha256, sources: [node.address], maxBytes: 1024 },
            take: () => Promise.resolve(),
        });
        expect(other.refused).toEqual({});
    });
});
