import type { Socket } from 'node:net';
import { generateKeyPair } from '@libp2p/crypto/keys';
import type { Libp2p, PeerId } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { webSockets } from '@libp2p/websockets';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { connect as connectTls } from 'node:tls';
import { lend } from '../../network/lent-buffers';
import { choosing, encryptedTo, openFor, rawTo } from './rough-peer';
import { fetchTo, MIB, NetworkWorld, type TestNode } from './world';

const ECHO = '/test/echo';

describe('TLS on the socket of a connection', () => {
    let world: NetworkWorld;
    let node: TestNode;
    const others: Libp2p[] = [];
    beforeAll(async () => {
        world = new NetworkWorld();
        node = await world.node({ listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] });
        await echo(node.libp2p);
    });
    afterAll(async () => {
        for (const one of others) await one.stop();
        await world.stop();
    });

    const echo = (libp2p: Libp2p) =>
        libp2p.handle(ECHO, (stream) => {
            stream.addEventListener('message', ({ data }) => void stream.send(data));
        });
    /** libp2p as others have it. */
    const stock = async () => {
        const made = await createLibp2p({
            addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
            transports: [tcp(), webSockets()],
            connectionEncrypters: [tls()],
            streamMuxers: [yamux()],
        });
        others.push(made);
        await echo(made);
        return made;
    };
    const addressOf = (libp2p: Libp2p, part = '/tcp/') => {
        const found = libp2p.getMultiaddrs().find((one) => one.toString().includes(part));
        return multiaddr(String(found));
    };
    /** Sends bytes there and back. */
    const ask = async (from: Libp2p, to: ReturnType<typeof addressOf>) => {
        const stream = await from.dialProtocol(to, ECHO);
        const bytes = Buffer.alloc(100_000, 7);
        const back = new Promise<Buffer>((resolve) => {
            let got = Buffer.alloc(0);
            stream.addEventListener('message', ({ data }) => {
                got = Buffer.concat([got, data.subarray()]);
                if (got.length === bytes.length) resolve(got);
            });
        });
        stream.send(bytes);
        expect((await back).equals(bytes)).toBe(true);
        await stream.close();
    };
    const encryptionOf = (libp2p: Libp2p, peer: PeerId) =>
        libp2p.getConnections(peer).map(({ encryption, multiplexer }) => [encryption, multiplexer]);
    const socketOf = (libp2p: Libp2p, peer: PeerId) => {
        const [connection] = libp2p.getConnections(peer) as unknown as {
            maConn: { socket: Socket };
        }[];
        return connection?.maConn.socket;
    };
    /** Whether the transport still reads from the socket, and so decrypts in JavaScript. */
    const readsItself = (libp2p: Libp2p, peer: PeerId) =>
        (socketOf(libp2p, peer)?.listenerCount('data') ?? 0) > 0;

    it.each(['here', 'there'])('is understood by @libp2p/tls, dialled from %s', async (side) => {
        const other = await stock();
        if (side === 'here') await ask(node.libp2p, addressOf(other));
        else await ask(other, addressOf(node.libp2p));
        expect(encryptionOf(node.libp2p, other.peerId)).toEqual([['/tls/1.0.0', '/yamux/1.0.0']]);
        expect(readsItself(node.libp2p, other.peerId)).toBe(false);
        expect(readsItself(other, node.peer)).toBe(true);
    });

    it('is left to @libp2p/tls where there is no plain TCP', async () => {
        const other = await stock();
        await ask(other, addressOf(node.libp2p, '/ws'));
        expect(encryptionOf(node.libp2p, other.peerId)).toEqual([['/tls/1.0.0', '/yamux/1.0.0']]);
    });

    it('gives lent bytes back once they are on the line, and never on other ways', async () => {
        const given = async (to: ReturnType<typeof addressOf>) => {
            const other = await world.node();
            const stream = await other.libp2p.dialProtocol(to, ECHO);
            const bytes = Buffer.allocUnsafeSlow(100_000).fill(7);
            const sizes: number[] = [];
            let isBack = false;
            lend(bytes, () => {
                isBack = true;
                // Whoever had a byte of them still would send this.
                bytes.fill(8);
            });
            const came = new Promise<void>((resolve) => {
                stream.addEventListener('message', ({ data }) => {
                    expect(data.subarray().every((byte) => byte === 7)).toBe(true);
                    sizes.push(data.byteLength);
                    if (sizes.reduce((sum, size) => sum + size) === bytes.length) resolve();
                });
            });
            stream.send(bytes);
            await came;
            return isBack;
        };
        expect(await given(addressOf(node.libp2p))).toBe(true);
        expect(await given(addressOf(node.libp2p, '/ws'))).toBe(false);
    });

    it('does not give back what it could not write', async () => {
        const other = await world.node();
        const deaf = await stock();
        const stream = await other.libp2p.dialProtocol(addressOf(deaf), ECHO);
        socketOf(deaf, other.peer)?.pause();
        const bytes = Buffer.allocUnsafeSlow(4 * MIB);
        const back = jest.fn();
        lend(bytes, back);
        stream.send(bytes);
        expect(stream.writeBufferLength).toBeGreaterThan(0);
        const closed = new Promise((resolve) => {
            other.libp2p.addEventListener('connection:close', resolve, { once: true });
        });
        socketOf(deaf, other.peer)?.destroy();
        await closed;
        expect(back).not.toHaveBeenCalled();
    });

    it('refuses a peer with another key than was dialled, from either side', async () => {
        const [other, key] = [await stock(), await generateKeyPair('Ed25519')];
        const wrong = peerIdFromPrivateKey(key).toString();
        const as = (address: ReturnType<typeof addressOf>) =>
            multiaddr(address.toString().replace(/\/p2p\/.*$/, `/p2p/${wrong}`));
        await expect(node.libp2p.dial(as(addressOf(other)))).rejects.toThrow();
        await expect(other.dial(as(addressOf(node.libp2p)))).rejects.toThrow();
        expect(node.libp2p.getConnections(other.peerId)).toEqual([]);
    });

    it('refuses whoever shows no certificate', async () => {
        const socket = await rawTo(node.address);
        socket.write(choosing('/tls/1.0.0'));
        await new Promise((resolve) => setTimeout(resolve, 200));
        socket.read();
        const encrypted = connectTls({
            socket,
            rejectUnauthorized: false,
            ALPNProtocols: ['libp2p'],
        });
        encrypted.on('error', () => undefined);
        expect(await openFor(encrypted, 5_000)).toBeLessThan(3_000);
    });

    it('shows the same certificate to all, which is dear to make', async () => {
        const shown = async () => {
            const socket = await encryptedTo(node.address);
            const { fingerprint256 } = socket.getPeerCertificate();
            socket.destroy();
            return fingerprint256;
        };
        expect(await shown()).toBe(await shown());
    });

    it('closes with its connection, however it is cut', async () => {
        const open = () => node.libp2p.getConnections().length;
        const before = open();
        for (const end of ['close', 'abort'] as const) {
            for (const side of ['here', 'there'] as const) {
                const other = await stock();
                await ask(other, addressOf(node.libp2p));
                const from = side === 'here' ? node.libp2p : other;
                const [connection] = from.getConnections(
                    side === 'here' ? other.peerId : node.peer,
                );
                if (end === 'close') await connection?.close();
                else connection?.abort(new Error('cut'));
                for (let tries = 0; open() > before && tries < 40; tries++) {
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }
                expect([end, side, open()]).toEqual([end, side, before]);
            }
        }
    });

    it('carries a blob while other streams of the connection are open', async () => {
        const other = await world.node({ listen: [] });
        const sha256 = node.put(Buffer.alloc(9 * MIB + 5, 3));
        const [one, two] = [
            fetchTo(other, sha256, [node.address]),
            ask(other.libp2p, addressOf(node.libp2p)),
        ];
        await Promise.all([one, two]);
        expect(readsItself(other.libp2p, node.peer)).toBe(false);
    });
});
