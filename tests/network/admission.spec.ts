import { connect, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { peerFrom } from './load/attack';
import { DHT, providerRecord } from './load/dht-record';
import { fetchTo, NetworkWorld, type TestNode } from './world';

describe('A node to which more come than it has places', () => {
    let world: NetworkWorld;
    const sockets: Socket[] = [];
    const peers: Libp2p[] = [];
    beforeEach(() => {
        world = new NetworkWorld();
    });
    afterEach(async () => {
        for (const socket of sockets.splice(0)) socket.destroy();
        for (const peer of peers.splice(0)) await peer.stop();
        await world.stop();
    });

    const portOf = ({ address }: TestNode) => Number(/\/tcp\/(\d+)/.exec(address)?.[1]);
    /** A socket that says nothing. */
    const silent = async (node: TestNode, localAddress: string) => {
        const socket = connect({ host: '127.0.0.1', port: portOf(node), localAddress });
        sockets.push(socket.on('error', () => undefined));
        await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
        return socket;
    };
    const closed = (socket: Socket) =>
        new Promise<void>((resolve) => {
            if (socket.destroyed) return resolve();
            socket.resume().once('close', () => resolve());
        });
    /** A peer that only stays. */
    const idle = async (node: TestNode, localAddress: string) => {
        const peer = await peerFrom(localAddress);
        peers.push(peer);
        return peer.dial(multiaddr(node.address));
    };

    it('lets one in whose address has fewer handshakes under way than others', async () => {
        const node = await world.node({ limits: { maxPendingConnections: 4 } });
        const held = [];
        for (let at = 0; at < 4; at++) held.push(await silent(node, '127.0.0.2'));
        const came = await world.node();
        expect(await came.join([node.address])).toBe(1);
        expect(node.refused).toEqual({ 'connection: no key in time for others': 1 });
        // One of them made room, and no more.
        expect(
            held.filter(({ destroyed, readableEnded }) => destroyed || readableEnded),
        ).toHaveLength(1);
    });

    it('lets those wait whose address has as many as any', async () => {
        const node = await world.node({ limits: { maxPendingConnections: 2 } });
        await silent(node, '127.0.0.2');
        await silent(node, '127.0.0.3');
        const third = await silent(node, '127.0.0.2');
        await closed(third);
        expect(node.refused).toEqual({ 'connection: too many without a key': 1 });
    });

    it('closes one of the crowd for a newcomer, and none that it has joined or that it serves', async () => {
        const node = await world.node({ limits: { maxConnections: 5 } });
        const sha256 = node.put(randomBytes(100));
        const friend = await world.node();
        expect(await node.join([friend.address])).toBe(1);
        const asking = await world.node();
        await fetchTo(asking, sha256, [node.address]);
        for (let at = 0; at < 3; at++) await idle(node, '127.0.0.2');
        // All places are taken.
        const late = await world.node();
        await fetchTo(late, sha256, [node.address]);
        const held = node.libp2p.getConnections().map(({ remotePeer }) => remotePeer.toString());
        expect(held).toHaveLength(5);
        expect(held).toEqual(
            expect.arrayContaining([friend, asking, late].map(({ peer }) => peer.toString())),
        );
        expect(node.refused).toEqual({ 'connection: closed for another': 1 });
    });

    it('forgets what the DHT is told to keep', async () => {
        const node = await world.node();
        const connection = await idle(node, '127.0.0.2');
        const stream = await connection.newStream(DHT);
        for (let at = 0; at < 3; at++) stream.send(providerRecord(peers[0] as Libp2p));
        while (node.refused['DHT: a record'] !== 3) await new Promise(setImmediate);
        expect(node.refused).toEqual({ 'DHT: a record': 3 });
    });

    it('comes to nothing where one address comes too often', async () => {
        const node = await world.node({ limits: { inboundConnectionsPerSecond: 3 } });
        const came = await Promise.all([1, 2, 3, 4, 5].map(() => silent(node, '127.0.0.2')));
        await Promise.race(came.map(closed));
        expect(node.refused).toEqual({ 'connection: its address comes too often': 2 });
        expect(await (await world.node()).join([node.address])).toBe(1);
    });
});
