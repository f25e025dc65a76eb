import { connect, TLSSocket, type TLSSocketOptions } from 'node:tls';
import {
    type ConnectionEncrypter,
    InvalidCryptoExchangeError,
    type MessageStream,
    type PeerId,
    type SecureConnectionOptions,
    type SecuredConnection,
    type StreamMuxerFactory,
} from '@libp2p/interface';
import { tls, type TLSComponents } from '@libp2p/tls';
import { generateCertificate, verifyPeerCertificate } from '@libp2p/tls/utils';
import { socketUnder, takeSocket } from './raw-socket';
import { TlsStream } from './tls-stream';

/** How long one certificate serves, milliseconds; the protocol lets it serve several connections. */
const CERTIFICATE_MS = 3600 * 1000;
/** ALPN of a peer that negotiates the muxer later. */
const NO_MUXER = 'libp2p';
/** Bytes that wait in a socket before the sender waits. */
const HIGH_WATER_BYTES = 256 * 1024;

type Certificate = Awaited<ReturnType<typeof generateCertificate>>;

/**
 * TLS of libp2p (`/tls/1.0.0`), spoken by the socket itself where a connection is plain TCP, so that
 * no byte goes through a JavaScript stream before it is decrypted. Everything else is left to
 * @libp2p/tls; what is on the line and how the key is proven is the same.
 */
export function socketTls(): (components: TLSComponents) => ConnectionEncrypter {
    return (components) => new SocketTls(components);
}

class SocketTls implements ConnectionEncrypter {
    readonly protocol: string;
    readonly #components: TLSComponents;
    readonly #otherwise: ConnectionEncrypter;
    #certificate: { readonly made: Promise<Certificate>; readonly at: number } | undefined;

    constructor(components: TLSComponents) {
        this.#components = components;
        this.#otherwise = tls()(components);
        this.protocol = this.#otherwise.protocol;
    }

    secureInbound(
        connection: MessageStream,
        options?: SecureConnectionOptions,
    ): Promise<SecuredConnection> {
        return this.#secure(connection, true, options);
    }

    secureOutbound(
        connection: MessageStream,
        options?: SecureConnectionOptions,
    ): Promise<SecuredConnection> {
        return this.#secure(connection, false, options);
    }

    async #secure(
        connection: MessageStream,
        isServer: boolean,
        options: SecureConnectionOptions = {},
    ): Promise<SecuredConnection> {
        const certificate = await this.#ownCertificate();
        options.signal?.throwIfAborted();
        const socket = socketUnder(connection);
        if (socket === undefined) {
            return isServer
                ? this.#otherwise.secureInbound(connection, options)
                : this.#otherwise.secureOutbound(connection, options);
        }
        await takeSocket(connection, socket);
        const muxers =
            options.skipStreamMuxerNegotiation === true
                ? new Map<string, StreamMuxerFactory>()
                : this.#components.upgrader.getStreamMuxers();
        const how: TLSSocketOptions & { readonly highWaterMark: number } = {
            ...certificate,
            highWaterMark: HIGH_WATER_BYTES,
            minVersion: 'TLSv1.3',
            maxVersion: 'TLSv1.3',
            // The certificate is the peer's own; `verifyPeerCertificate` looks into it.
            rejectUnauthorized: false,
            ALPNProtocols: [...muxers.keys(), NO_MUXER],
        };
        const encrypted = isServer
            ? new TLSSocket(socket, {
                  ...how,
                  isServer,
                  requestCert: true,
                  ALPNCallback: ({ protocols }) =>
                      protocols.find((one) => muxers.has(one)) ??
                      protocols.find((one) => one === NO_MUXER),
              })
            : connect({ ...how, socket });
        try {
            await secured(connection, encrypted, options.signal);
            const remotePeer = await peerOf(encrypted, options, connection);
            const streamMuxer = muxerOf(encrypted, muxers);
            if (connection.status !== 'open') throw new Error('It left after the handshake.');
            return {
                remotePeer,
                connection: new TlsStream(connection, encrypted),
                ...(streamMuxer === undefined ? {} : { streamMuxer }),
            };
        } catch (error) {
            const cause = error instanceof Error ? error : new Error(String(error));
            encrypted.destroy();
            connection.abort(cause);
            throw cause;
        }
    }

    /** Made anew once an hour: to make one takes some 6 ms of a processor. */
    #ownCertificate(): Promise<Certificate> {
        const now = performance.now();
        if (this.#certificate === undefined || now - this.#certificate.at > CERTIFICATE_MS) {
            const made = generateCertificate(this.#components.privateKey);
            made.catch(() => (this.#certificate = undefined));
            this.#certificate = { made, at: now };
        }
        return this.#certificate.made;
    }
}

/**
 * The peer whose key is in the certificate, and has signed it.
 *
 * @throws what @libp2p/tls throws where it is none, or another than was dialled
 */
async function peerOf(
    socket: TLSSocket,
    { remotePeer }: SecureConnectionOptions,
    { log }: MessageStream,
): Promise<PeerId> {
    const { raw } = socket.getPeerCertificate() as { readonly raw?: Uint8Array };
    if (raw === undefined) throw new InvalidCryptoExchangeError('It showed no certificate.');
    return verifyPeerCertificate(raw, remotePeer, log);
}

/** What both sides chose beside the handshake; undefined where they choose later. */
function muxerOf(
    { alpnProtocol }: TLSSocket,
    muxers: ReadonlyMap<string, StreamMuxerFactory>,
): StreamMuxerFactory | undefined {
    if (typeof alpnProtocol !== 'string' || alpnProtocol === NO_MUXER) return undefined;
    const muxer = muxers.get(alpnProtocol);
    if (muxer === undefined) {
        throw new InvalidCryptoExchangeError(`It chose the muxer ${alpnProtocol}, of nobody.`);
    }
    return muxer;
}

/** Returns once the handshake is done. */
function secured(
    connection: MessageStream,
    socket: TLSSocket,
    signal: AbortSignal | undefined,
): Promise<void> {
    return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
            signal?.removeEventListener('abort', onAbort);
            connection.removeEventListener('close', onClose);
            act();
        };
        const onAbort = () => settle(() => reject(new Error('The handshake took too long.')));
        const onClose = () => settle(() => reject(new Error('It left during the handshake.')));
        signal?.addEventListener('abort', onAbort, { once: true });
        connection.addEventListener('close', onClose, { once: true });
        socket.once('secure', () => settle(resolve));
        // Stays: a failure between the handshake and the first use of the stream.
        socket.on('error', (error: Error) => settle(() => reject(error)));
    });
}
