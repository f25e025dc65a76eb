import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface';
import type { KadDHT } from '@libp2p/kad-dht';
import type { Multiaddr } from '@multiformats/multiaddr';
import { Expiring } from './expiring';
import { lookUpAnew } from './look-up';
import type { PeerAddress } from './peer-address';

/** How long a relayed connection is given to become a direct one, milliseconds. */
const PUNCH_MS = 6_000;
/** A peer that could not be reached directly is not waited for again so long, milliseconds. */
const REMEMBER_MS = 10 * 60 * 1000;
const MAX_PEERS = 1024;
/** A peer of which nobody knows more is not asked for again so long, milliseconds. */
const LOST_MS = 10_000;

/** A stream to a peer. */
export interface PeerStream {
    readonly stream: Stream;
    /** Whether it goes through a relay. */
    readonly relayed: boolean;
}

/** A libp2p that finds peers by the DHT. */
export type RoutedLibp2p = Libp2p<{ dht: Pick<KadDHT, 'findPeer'> }>;

/** Opens streams to peers, over direct connections where that can be had. */
export class Dialler {
    readonly #libp2p: RoutedLibp2p;
    readonly #relayedOnly = new Expiring(REMEMBER_MS, MAX_PEERS, () => performance.now());

    readonly #lost = new Expiring(LOST_MS, MAX_PEERS, () => performance.now());

    readonly #punchMs: number;

    /** @param punchMs - how long a relayed connection may become a direct one; not at all for 0 */
    constructor(libp2p: RoutedLibp2p, punchMs = PUNCH_MS) {
        this.#libp2p = libp2p;
        this.#punchMs = punchMs;
    }

    /**
     * Opens a stream to a peer. libp2p refuses the connection where the other side does not prove
     * that it has the key of the peer id.
     *
     * @throws what libp2p throws where the peer cannot be reached or speaks no such protocol
     */
    async open(to: PeerAddress, protocol: string, signal: AbortSignal): Promise<PeerStream> {
        const connection = await this.#connect(to, signal);
        const stream = await connection.newStream(protocol, {
            signal,
            runOnLimitedConnection: true,
        });
        return { stream, relayed: isRelayed(connection) };
    }

    async #connect({ peer, addresses }: PeerAddress, signal: AbortSignal): Promise<Connection> {
        const direct = this.#direct(peer);
        if (direct !== undefined) return direct;
        const dialled = await this.#dial({ peer, addresses }, signal);
        if (!isRelayed(dialled) || this.#punchMs === 0 || this.#relayedOnly.has(peer.toString()))
            return dialled;
        const punched = await this.#punched(peer, signal);
        if (punched !== undefined) return punched;
        this.#relayedOnly.add(peer.toString());
        if (dialled.status === 'open') return dialled;
        return this.#dial({ peer, addresses }, signal);
    }

    /** Dials where the peer is said to be; where it is not there, others are asked. */
    async #dial(to: PeerAddress, signal: AbortSignal): Promise<Connection> {
        const known = to.addresses.length === 0 ? to.peer : [...to.addresses];
        try {
            return await this.#libp2p.dial(known, { signal });
        } catch (error) {
            signal.throwIfAborted();
            if (this.#lost.has(to.peer.toString())) throw error;
            const others = await this.#otherAddresses(to, signal);
            if (others.length === 0) {
                this.#lost.add(to.peer.toString());
                throw error;
            }
            return this.#libp2p.dial(others, { signal });
        }
    }

    /** Where the peer may be beside where it was said to be. */
    async #otherAddresses(
        { peer, addresses }: PeerAddress,
        signal: AbortSignal,
    ): Promise<Multiaddr[]> {
        const { peerStore, services } = this.#libp2p;
        const stored = await peerStore.get(peer).catch(() => undefined);
        const known = (stored?.addresses ?? []).map(({ multiaddr }) => multiaddr);
        const tried = addresses.length === 0 ? known : addresses;
        // It was looked up already, and nobody knows it.
        if (tried.length === 0) return [];
        const more = addresses.length === 0 ? [] : known;
        return lookUpAnew({ dht: services.dht, peer, tried, more, signal });
    }

    #direct(peer: PeerId): Connection | undefined {
        return this.#libp2p
            .getConnections(peer)
            .find((connection) => connection.status === 'open' && !isRelayed(connection));
    }

    /** A direct connection, once hole punching brings one. */
    #punched(peer: PeerId, signal: AbortSignal): Promise<Connection | undefined> {
        const libp2p = this.#libp2p;
        return new Promise((resolve) => {
            const end = () => {
                clearTimeout(timer);
                libp2p.removeEventListener('connection:open', look);
                signal.removeEventListener('abort', end);
                resolve(this.#direct(peer));
            };
            const look = ({ detail }: CustomEvent<Connection>) => {
                if (detail.remotePeer.equals(peer) && !isRelayed(detail)) end();
            };
            const timer = setTimeout(end, this.#punchMs);
            libp2p.addEventListener('connection:open', look);
            signal.addEventListener('abort', end, { once: true });
            if (this.#direct(peer) !== undefined) end();
        });
    }
}

/** Whether a connection goes through a relay, which limits it. */
export function isRelayed(connection: Connection): boolean {
    return connection.limits !== undefined;
}
