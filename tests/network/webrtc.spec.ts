import { createSocket } from 'node:dgram';
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { keyPairFromSeed } from '@ton/crypto';
import { isForBrowsers, keyOfPeer, withWebRtc } from '../../network';
import { createPeers, type WebPeers } from '../../network/browser';
import { type CertificateStore, webRtcCertificate } from '../../network/webrtc/certificate';
import { isPeerAddress } from '../../protocol';
import { MIB, NetworkWorld, type TestNode } from './world';

const LISTEN = ['/ip4/127.0.0.1/udp/0/webrtc-direct'];
const DAY_MS = 24 * 3600 * 1000;

class MemoryStore implements CertificateStore {
    text: string | undefined;
    read = () => Promise.resolve(this.text);
    write = (text: string) => {
        this.text = text;
        return Promise.resolve();
    };
}

describe('WebRTC of a node', () => {
    let world: NetworkWorld;
    let server: Server | undefined;
    beforeEach(() => (world = new NetworkWorld()));
    afterEach(async () => {
        server?.close();
        server?.closeAllConnections();
        await world.stop();
    });

    it('listens on the UDP port of the same number, unless told where', () => {
        const tcp = ['/ip4/0.0.0.0/tcp/8041', '/ip6/::/tcp/8041', '/ip4/0.0.0.0/tcp/8043/ws'];
        expect(withWebRtc(tcp)).toEqual([
            ...tcp,
            '/ip4/0.0.0.0/udp/8041/webrtc-direct',
            '/ip6/::/udp/8041/webrtc-direct',
        ]);
        const own = [...tcp, '/ip4/0.0.0.0/udp/9/webrtc-direct'];
        expect(withWebRtc(own)).toEqual(own);
    });

    it('keeps its certificate until that ends, and replaces one that cannot be read', async () => {
        const store = new MemoryStore();
        const now = Date.now();
        const first = await webRtcCertificate(store, now);
        await expect(webRtcCertificate(store, now + 3000 * DAY_MS)).resolves.toEqual(first);
        const late = await webRtcCertificate(store, now + 3640 * DAY_MS);
        expect(late.certhash).not.toBe(first.certhash);
        await expect(webRtcCertificate(store, now)).resolves.toEqual(late);
        store.text = store.text?.slice(0, 200);
        const mended = await webRtcCertificate(store, now);
        expect(mended.certhash).not.toBe(late.certhash);
        await expect(webRtcCertificate(store, now)).resolves.toEqual(mended);
    });

    it('is known by the same address after a restart, and answers there', async () => {
        const webRtc = { store: new MemoryStore() };
        const nodeKey = keyPairFromSeed(randomBytes(32)).secretKey;
        const first = await world.node({ listen: LISTEN, webRtc, nodeKey });
        expect(first.addresses.every(isForBrowsers)).toBe(true);
        expect(first.addresses.every(isPeerAddress)).toBe(true);
        await first.stop();
        // Another port: node-datachannel gives one back when the process ends.
        const again = await world.node({ listen: LISTEN, webRtc, nodeKey });
        const hashOf = ({ address }: TestNode) => /\/certhash\/.*$/.exec(address)?.[0];
        expect(hashOf(again)).toBe(hashOf(first));
        server = createServer((request, response) => void request.pipe(response));
        await again.http.serve(server);
        const asking = await world.node({ listen: [], webRtc: {} });
        await expect(asking.join([again.address])).resolves.toBe(1);
        const body = randomBytes(MIB);
        const init = { method: 'PUT', body };
        const answer = await asking.http.fetch(`p2p://${again.peer.toString()}/`, init);
        expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    });

    it('adds the hash to an address that its owner announces', async () => {
        const announce = ['/ip4/198.51.100.7/udp/8041/webrtc-direct'];
        const { addresses } = await world.node({ listen: LISTEN, webRtc: {}, announce });
        const told = addresses.find((one) => one.startsWith(announce[0] as string)) ?? '';
        expect(isPeerAddress(told)).toBe(true);
        expect(told).toContain('/certhash/uEi');
    });

    it('keeps few connections for packets that prove nothing, and none of one address in excess', async () => {
        const limits = { inboundConnectionsPerSecond: 4, maxPendingConnections: 3 };
        const node = await world.node({ listen: LISTEN, webRtc: {}, limits });
        const port = Number(/udp\/(\d+)/.exec(node.address)?.[1]);
        const pending = pendingOf(node);
        const socket = createSocket('udp4');
        const begun = new Set<string>();
        let most = 0;
        const startedAt = performance.now();
        for (let round = 0; round < 20; round++) {
            for (let n = 0; n < 20; n++) socket.send(bindingRequest(), port, '127.0.0.1');
            await new Promise((resolve) => setTimeout(resolve, 20));
            most = Math.max(most, pending.size);
            for (const key of pending.keys()) begun.add(key);
        }
        socket.close();
        expect(most).toBeGreaterThan(0);
        expect(most).toBeLessThanOrEqual(3);
        const seconds = Math.ceil((performance.now() - startedAt) / 1000);
        expect(begun.size).toBeLessThanOrEqual(4 * (seconds + 1));
    });
});

describe('The peers of a page', () => {
    let world: NetworkWorld;
    let peers: WebPeers | undefined;
    beforeEach(() => (world = new NetworkWorld()));
    afterEach(async () => {
        await peers?.stop();
        await world.stop();
    });

    it('are joined once, at what a node says of itself, and asked by their keys', async () => {
        const node = await world.node({ listen: LISTEN, webRtc: {} });
        const server = createServer((request, response) => response.end(request.url));
        const end = await node.http.serve(server);
        const nodeKey = BigInt(`0x${Buffer.from(keyOfPeer(node.peer)).toString('hex')}`);
        const known = jest.fn(() => Promise.resolve([{ nodeKey, addresses: node.addresses }]));
        peers = createPeers({ allowPrivate: true });
        const url = `p2p://${node.peer.toString()}/what`;
        const ask = () => (peers as WebPeers).fetch(url, undefined, known);
        const answers = await Promise.all([ask(), ask()]);
        const texts = await Promise.all(answers.map((answer) => answer.text()));
        expect(texts).toEqual(['/what', '/what']);
        expect(known).toHaveBeenCalledTimes(1);
        await end();
    });

    it('are passed over for a while where they could not be reached', async () => {
        const node = await world.node({ listen: LISTEN, webRtc: {} });
        const gone = await world.node({ listen: LISTEN, webRtc: {} });
        await gone.stop();
        peers = createPeers({ allowPrivate: true, join: node.addresses });
        const ask = () =>
            (peers as WebPeers).fetch(`p2p://${gone.peer.toString()}/`, undefined, () =>
                Promise.resolve([]),
            );
        await expect(ask()).rejects.not.toMatchObject({ code: 'PEERS_UNREACHABLE' });
        await expect(ask()).rejects.toThrow('a moment ago');
    });

    it('are none where a node names others alone, and asked for again only later', async () => {
        const node = await world.node({ listen: LISTEN, webRtc: {} });
        const known = jest.fn(() => Promise.resolve([{ nodeKey: 7n, addresses: node.addresses }]));
        peers = createPeers({ allowPrivate: true });
        for (const path of ['/first', '/second']) {
            const asked = peers.fetch(`p2p://${node.peer.toString()}${path}`, undefined, known);
            await expect(asked).rejects.toMatchObject({ code: 'PEERS_UNREACHABLE' });
        }
        expect(known).toHaveBeenCalledTimes(1);
    });
});

/** Connections that wait for a proof, as the listener of @libp2p/webrtc keeps them. */
function pendingOf({ libp2p }: TestNode): ReadonlyMap<string, unknown> {
    const { components } = libp2p as unknown as {
        components: { transportManager: { getListeners(): unknown[] } };
    };
    const [listener] = components.transportManager.getListeners();
    return (listener as { connections: ReadonlyMap<string, unknown> }).connections;
}

/** A STUN binding request under a name of its own, RFC 8489. */
function bindingRequest(): Buffer {
    const name = `libp2p+webrtc+v1/${randomBytes(16).toString('hex')}`;
    const user = Buffer.from(`${name}:${name}`);
    const padded = Buffer.concat([user, Buffer.alloc((4 - (user.length % 4)) % 4)]);
    const attribute = Buffer.alloc(4);
    attribute.writeUInt16BE(0x0006, 0);
    attribute.writeUInt16BE(user.length, 2);
    const head = Buffer.alloc(8);
    head.writeUInt16BE(0x0001, 0);
    // With the attribute that follows, of 24 bytes.
    head.writeUInt16BE(attribute.length + padded.length + 24, 2);
    head.writeUInt32BE(0x2112a442, 4);
    const signed = Buffer.concat([head, randomBytes(12), attribute, padded]);
    const integrity = Buffer.from([0x00, 0x08, 0x00, 0x14]);
    // Whoever asks chooses the name, which is the password too: it keeps nobody out.
    const code = createHmac('sha1', name).update(signed).digest();
    return Buffer.concat([signed, integrity, code]);
}
