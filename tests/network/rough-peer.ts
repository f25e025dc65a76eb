import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { generateCertificate } from '@libp2p/tls/utils';

const HEADER = '/multistream/1.0.0';

/** Bytes of a length that never ends. */
export const ENDLESS = Buffer.alloc(64 * 1024, 0xff);

/** A name as multistream-select sends it. */
export function named(name: string): Buffer {
    const line = Buffer.from(`${name}\n`);
    return Buffer.concat([Buffer.of(line.length), line]);
}

/** Choosing of a protocol, as whoever dials sends it. */
export const choosing = (name: string) => Buffer.concat([named(HEADER), named(name)]);

/** A frame of yamux. */
export function yamuxFrame(
    type: number,
    flags: number,
    stream: number,
    length: number,
    data: Uint8Array = new Uint8Array(),
): Buffer {
    const header = Buffer.alloc(12);
    header.writeUInt8(type, 1);
    header.writeUInt16BE(flags, 2);
    header.writeUInt32BE(stream, 4);
    header.writeUInt32BE(length, 8);
    return Buffer.concat([header, data]);
}

/** Data on a stream that this side opens with them. */
export const opening = (stream: number, data: Uint8Array) =>
    yamuxFrame(0, 1, stream, data.length, data);
export const onStream = (stream: number, data: Uint8Array) =>
    yamuxFrame(0, 0, stream, data.length, data);

/** A socket to the first address of a node. */
export async function rawTo(address: string): Promise<Socket> {
    const [, , host, , port] = address.split('/');
    const socket = connect(Number(port), host);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
}

/** The same, after TLS with a key of its own; `muxer` is what both sides choose with it. */
export async function encryptedTo(address: string, muxer?: string): Promise<TLSSocket> {
    const socket = await rawTo(address);
    socket.write(choosing('/tls/1.0.0'));
    const answer = choosing('/tls/1.0.0').length;
    for (let left = answer; left > 0;) {
        const part = socket.read(left) as Buffer | null;
        if (part === null) await once(socket, 'readable');
        else left -= part.length;
    }
    const certificate = await generateCertificate(await generateKeyPair('Ed25519'));
    const encrypted = connectTls({
        ...certificate,
        socket,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.3',
        ALPNProtocols: [muxer ?? 'libp2p'],
    });
    encrypted.on('error', () => undefined);
    await once(encrypted, 'secureConnect');
    return encrypted;
}

/** How long a socket stays open, at most `mostMs`, milliseconds. */
export async function openFor(socket: Socket, mostMs: number): Promise<number> {
    const startedAt = performance.now();
    socket.resume();
    const timer = AbortSignal.timeout(mostMs);
    if (!socket.closed) await once(socket, 'close', { signal: timer }).catch(() => undefined);
    return performance.now() - startedAt;
}
