import { noise } from '@libp2p/noise';
import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import { providePlatform } from '../../network/platform';
import { loadWebRtc } from '../../network';
import { choosing, ENDLESS } from './rough-peer';
import { NetworkWorld, type TestNode } from './world';

/** Within this a peer is gone; libp2p itself waits for 10 s. */
const SOON_MS = 3_000;
const LISTEN = ['/ip4/127.0.0.1/udp/0/webrtc-direct'];

/** A stream before any protocol is chosen, and the channel below it. */
interface RoughStream {
    readonly channel: { readonly readyState: string; send(data: Uint8Array): void };
    send(data: Uint8Array): boolean;
}
interface RoughMuxer {
    createStream(options: object): Promise<RoughStream>;
    onRemoteStream(stream: RoughStream): void;
}

describe('A peer that sends a length without end over webrtc-direct', () => {
    let world: NetworkWorld;
    let node: TestNode;
    const peers: Libp2p[] = [];
    beforeAll(async () => {
        providePlatform();
        world = new NetworkWorld();
        node = await world.node({ listen: LISTEN, webRtc: {} });
    });
    afterAll(async () => {
        for (const peer of peers) await peer.stop();
        await world.stop();
    });

    const refused = (where: string) => node.refused[`length: ${where}`] ?? 0;
    const connect = async (): Promise<{ connection: Connection; muxer: RoughMuxer }> => {
        const peer = await createLibp2p({
            transports: [loadWebRtc().webRTCDirect()],
            connectionEncrypters: [noise()],
            connectionGater: { denyDialMultiaddr: () => false },
        });
        peers.push(peer);
        const connection = await peer.dial(multiaddr(node.address));
        return { connection, muxer: (connection as unknown as { muxer: RoughMuxer }).muxer };
    };
    const isCutOff = async ({ status, ...connection }: Connection): Promise<boolean> => {
        const of = () => node.libp2p.getConnections().length;
        for (const end = Date.now() + SOON_MS; Date.now() < end;) {
            if (of() === 0) return true;
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        throw new Error(`It is still there: ${status}, ${connection.id}.`);
    };
    /** Small parts, as a channel takes them. */
    const part = ENDLESS.subarray(0, 1024);

    it('is cut off on a stream, before its protocol is chosen', async () => {
        const { connection, muxer } = await connect();
        const before = refused('on a stream');
        (await muxer.createStream({})).send(part);
        expect(await isCutOff(connection)).toBe(true);
        expect(refused('on a stream')).toBe(before + 1);
    });

    it.each(['/ipfs/id/push/1.0.0', '/libp2p/autonat/1.0.0', '/cocoon/kad/1.0.0'])(
        'is cut off on a stream of %s',
        async (protocol) => {
            const { connection, muxer } = await connect();
            const before = refused('on a stream');
            const stream = await muxer.createStream({});
            stream.send(choosing(protocol));
            await new Promise((resolve) => setTimeout(resolve, 50));
            stream.send(part);
            expect(await isCutOff(connection)).toBe(true);
            expect(refused('on a stream')).toBe(before + 1);
        },
    );

    it('is cut off on a stream that the node itself has opened', async () => {
        const { connection, muxer } = await connect();
        const before = refused('on a stream');
        muxer.onRemoteStream = (stream) => void stream.send(part);
        const [own] = node.libp2p.getConnections();
        await own?.newStream('/cocoon/kad/1.0.0').catch(() => undefined);
        expect(await isCutOff(connection)).toBe(true);
        expect(refused('on a stream')).toBe(before + 1);
    });

    it('is cut off in the frames of a channel, whatever is in them', async () => {
        for (const frame of [part, Buffer.from([0xff, 0xff, 0xff, 0x01])]) {
            const { connection, muxer } = await connect();
            const before = refused('in a frame');
            const { channel } = await muxer.createStream({});
            while (channel.readyState !== 'open') {
                await new Promise((resolve) => setTimeout(resolve, 5));
            }
            channel.send(frame);
            expect(await isCutOff(connection)).toBe(true);
            expect(refused('in a frame')).toBe(before + 1);
        }
    });

    it('costs others nothing: a peer that speaks well is served', async () => {
        const sha256 = node.put(Buffer.alloc(1024 * 1024, 7));
        const other = await world.node({ listen: [], webRtc: {} });
        const before = { ...node.refused };
        await other.blobs.fetch({
            ...{ sha256, sources: [node.address], maxBytes: 1024 * 1024 },
            take: () => Promise.resolve(),
        });
        expect(other.refused).toEqual({});
        expect(node.refused).toEqual(before);
    });
});
