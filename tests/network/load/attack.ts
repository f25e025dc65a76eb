import net, { type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { gossipsub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { Connection, Libp2p } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { providePlatform } from '../../../network/platform';

providePlatform();

/** The node that is attacked. */
export interface Target {
    readonly host: string;
    /** Of libp2p. */
    readonly port: number;
    /** With the peer id. */
    readonly address: string;
    /** Of its HTTP server. */
    readonly url: string;
    /** SHA-256 of a large blob that it serves. */
    readonly largeBlob: string;
}

export interface Attacker {
    readonly target: Target;
    /** Where it comes from. */
    readonly localAddress: string;
    readonly signal: AbortSignal;
    readonly count: (what: string) => void;
    /** A connection was opened; returns what to call when it is over. */
    readonly opened: () => () => void;
}

/** The newest socket of each address: libp2p shows none of its own. */
const sockets = new Map<string, Socket>();
const connect = net.connect.bind(net) as (options: net.TcpNetConnectOpts) => Socket;
net.connect = ((options: net.TcpNetConnectOpts) => {
    const socket = connect(options);
    sockets.set(options.localAddress ?? '', socket);
    return socket;
}) as typeof net.connect;

export function socketOf(localAddress: string): Socket | undefined {
    return sockets.get(localAddress);
}

/** Goes on until its signal. */
export type Attack = (attacker: Attacker) => Promise<void>;

/** A peer of its own key, from its own address. */
export async function peerFrom(localAddress: string, gossip = false): Promise<Libp2p> {
    return createLibp2p({
        privateKey: await generateKeyPair('Ed25519'),
        transports: [tcp({ dialOpts: { localAddress } as object })],
        connectionEncrypters: [tls()],
        streamMuxers: [yamux()],
        connectionGater: { denyDialMultiaddr: () => false },
        services: {
            identify: identify(),
            ...(gossip && {
                gossip: gossipsub({ allowPublishToZeroTopicPeers: true, emitSelf: false }),
            }),
        },
    });
}

/**
 * How long a peer stays away after it was cut off, on average, milliseconds: each handshake costs
 * this machine some 80 ms of a processor, of which the attackers need half.
 */
const PAUSE_MS = 30_000;

/** Connects, does what an attacker does with a connection, and comes again when that is over. */
export function again(
    act: (connection: Connection, attacker: Attacker, peer: Libp2p) => Promise<void>,
    { pauseMs = PAUSE_MS, gossip = false } = {},
): Attack {
    return async (attacker) => {
        const { target, localAddress, signal, count, opened } = attacker;
        const peer = await peerFrom(localAddress, gossip);
        while (!signal.aborted) {
            let closed: () => void = () => undefined;
            try {
                const to = multiaddr(target.address);
                const connection = await peer.dial(to, { signal: AbortSignal.timeout(20_000) });
                closed = opened();
                count('connected');
                connection.addEventListener('close', () => closed());
                await act(connection, attacker, peer);
            } catch (error) {
                count(`refused or cut off: ${error instanceof Error ? error.name : ''}`);
            }
            await sleep(pauseMs * (0.5 + Math.random()));
            for (const connection of peer.getConnections()) connection.abort(new Error('again'));
            closed();
        }
    };
}

/** Resolves when the connection is over. */
export function untilClosed(connection: Connection): Promise<void> {
    return new Promise((resolve) => {
        if (connection.status !== 'open') return resolve();
        connection.addEventListener('close', () => resolve());
    });
}
