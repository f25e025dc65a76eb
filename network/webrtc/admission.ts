import type { Connection, Listener, Stream, Transport } from '@libp2p/interface';
import { RateLimiter } from '@libp2p/utils';
import type { NetworkLimits } from '../limits';

/** What of the listener of @libp2p/webrtc 6.0 is used here, beside what it promises. */
interface DirectListener extends Listener {
    readonly connections: ReadonlyMap<string, unknown>;
    incomingConnection(
        ufrag: string,
        host: string,
        port: number,
        signal: AbortSignal,
    ): Promise<void>;
}

/** The same of its other transport, whose connections are arranged through relays. */
interface SignalledTransport extends Transport {
    _onProtocol(stream: Stream, connection: Connection, signal: AbortSignal): Promise<void>;
}

export type AdmissionLimits = Pick<
    NetworkLimits,
    'maxConnections' | 'inboundConnectionsPerSecond' | 'maxPendingConnections'
>;

/**
 * Holds WebRTC to the limits of other transports from the first packet on. libp2p counts a
 * connection once its key is proven; until then each STUN request, whose sender need not be where it
 * says, would make @libp2p/webrtc 6.0 keep a native connection for ten seconds.
 *
 * @throws TypeError where the library is another one than this was written for
 */
export function admitBy(limits: AdmissionLimits, transport: Transport): Transport {
    const create = transport.createListener.bind(transport);
    return Object.assign(transport, {
        createListener(options: Parameters<Transport['createListener']>[0]): Listener {
            return guard(create(options), limits);
        },
    });
}

/** Connections that one peer may be arranging at a time. */
const MAX_ARRANGED_OF_PEER = 2;

/**
 * The same for connections that are arranged through relays: each question makes a native connection
 * before the peer has shown that it can be reached.
 *
 * @throws TypeError as `admitBy`
 */
export function arrangeBy(limits: AdmissionLimits, transport: Transport): Transport {
    const arranging = transport as SignalledTransport;
    if (typeof arranging._onProtocol !== 'function') throw unfit();
    const answer = arranging._onProtocol.bind(arranging);
    const pending: string[] = [];
    return Object.assign(arranging, {
        async _onProtocol(stream: Stream, connection: Connection, signal: AbortSignal) {
            const peer = connection.remotePeer.toString();
            const ofPeer = pending.filter((one) => one === peer).length;
            if (ofPeer >= MAX_ARRANGED_OF_PEER || pending.length >= limits.maxPendingConnections) {
                stream.abort(new Error('Too many connections are being arranged.'));
                return;
            }
            pending.push(peer);
            try {
                await answer(stream, connection, signal);
            } finally {
                pending.splice(pending.indexOf(peer), 1);
            }
        },
    });
}

function unfit(): TypeError {
    return new TypeError('The limits of WebRTC do not fit this version of @libp2p/webrtc.');
}

function guard(listener: Listener, limits: AdmissionLimits): Listener {
    const guarded = listener as DirectListener;
    if (typeof guarded.incomingConnection !== 'function' || !(guarded.connections instanceof Map)) {
        throw unfit();
    }
    const accept = guarded.incomingConnection.bind(guarded);
    const pending = new Set<string>();
    const rate = new RateLimiter({ points: limits.inboundConnectionsPerSecond, duration: 1 });
    return Object.assign(guarded, {
        async incomingConnection(ufrag: string, host: string, port: number, signal: AbortSignal) {
            const key = `${host}:${port}:${ufrag}`;
            // The same request again, as STUN repeats it until it is answered.
            if (pending.has(key) || guarded.connections.has(key)) return;
            if (pending.size >= limits.maxPendingConnections) return;
            if (guarded.connections.size >= limits.maxConnections) return;
            try {
                rate.consume(host, 1);
            } catch {
                return;
            }
            pending.add(key);
            try {
                await accept(ufrag, host, port, signal);
            } finally {
                pending.delete(key);
            }
        },
    });
}
