import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import { identify } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { isPrivate } from '@libp2p/utils';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { Dialler } from '../dial';
import { Expiring } from '../expiring';
import { PeerError } from '../errors';
import { fetchFromPeer } from '../http/fetch-http';
import { streamExchange } from '../http/stream-exchange';
import { peerOfKey } from '../identity';
import { groupByPeer } from '../peer-address';
import { isForBrowsers } from '../webrtc/addresses';
import { webRTC, webRTCDirect } from '../webrtc/library';
import type { KnownPeer, PeersOptions } from './options';
import { pageStorage, PeerMemory } from './peer-memory';

export interface BrowserNode {
    fetch(url: string, init?: RequestInit): Promise<Response>;
    stop(): Promise<void>;
}

/** How long a peer to begin with is dialled, milliseconds. */
const JOIN_MS = 10_000;
/** Of peers to begin with; the DHT knows the others. */
const MAX_PEERS = 8;
const MAX_CONNECTIONS = 32;
/** Someone waits before the page: how long a peer is dialled, and one address of it, milliseconds. */
const DIAL = { dialTimeout: 8_000, addressDialTimeout: 5_000 };
/** Whoever was not to be reached is not dialled again for so long, milliseconds. */
const AWAY_MS = 60_000;
const MAX_AWAY = 256;

/**
 * Starts libp2p with WebRTC as its only way out: what browsers can open without a certificate on the
 * other side. It listens to nobody, relays nothing and is no server of the DHT.
 *
 * @throws PeerError `PEERS_UNREACHABLE` where nobody was reached to begin with
 */
export async function createBrowserNode(
    { join = [], stun = [], memory = pageStorage(), allowPrivate = false }: PeersOptions,
    known: readonly KnownPeer[],
): Promise<BrowserNode> {
    const iceServers = stun.map((urls) => ({ urls }));
    // Through NATs it would only cost the time in which it fails.
    const arranges = stun.length > 0 || allowPrivate;
    const libp2p = await createLibp2p({
        transports: [
            webRTCDirect({ rtcConfiguration: { iceServers: [] } }),
            ...(arranges ? [webRTC({ rtcConfiguration: { iceServers } })] : []),
            circuitRelayTransport(),
        ],
        connectionEncrypters: [noise()],
        streamMuxers: [yamux()],
        // What strangers name must not lead into the user's own network.
        connectionGater: { denyDialMultiaddr: (address) => !allowPrivate && isPrivate(address) },
        connectionManager: { maxConnections: MAX_CONNECTIONS, ...DIAL },
        services: {
            identify: identify(),
            ping: ping(),
            dht: kadDHT({
                protocol: '/cocoon/kad/1.0.0',
                clientMode: true,
                peerInfoMapper: allowPrivate ? passthroughMapper : removePrivateAddressesMapper,
            }),
        },
    });
    const met = new PeerMemory(memory === false ? undefined : memory);
    const addresses = [...join, ...known.flatMap(ownAddresses), ...met.addresses];
    libp2p.addEventListener('connection:open', ({ detail: { remoteAddr, remotePeer } }) => {
        const end = `/p2p/${remotePeer.toString()}`;
        const where = remoteAddr.toString();
        met.note(where.endsWith(end) ? where : `${where}${end}`);
    });
    const dials = groupByPeer(addresses)
        .filter((one) => one.addresses.length > 0)
        .slice(0, MAX_PEERS)
        .map((one) => libp2p.dial([...one.addresses], { signal: AbortSignal.timeout(JOIN_MS) }));
    try {
        // One is enough to begin with; the others come while it is asked.
        await Promise.any(dials);
    } catch (cause) {
        await libp2p.stop();
        throw new PeerError(
            'PEERS_UNREACHABLE',
            'None of the peers to begin with can be reached from this browser.',
            'Name some that speak webrtc-direct in join; networks that let no UDP out keep all away.',
            cause,
        );
    }
    const dialler = passingOver(libp2p, new Dialler(libp2p, 0));
    return {
        fetch: (url, init) => fetchFromPeer(dialler, streamExchange, url, init),
        stop: async () => libp2p.stop(),
    };
}

/** A job is offered to many nodes, of which some are off: each costs its time once. */
function passingOver(libp2p: Libp2p, dialler: Dialler): Pick<Dialler, 'open'> {
    const away = new Expiring(AWAY_MS, MAX_AWAY, () => performance.now());
    return {
        async open(to, protocol, signal) {
            const peer = to.peer.toString();
            if (away.has(peer)) {
                const says = `The peer ${peer} could not be reached a moment ago.`;
                throw new PeerError('PEERS_UNREACHABLE', says, 'Try again in a minute.');
            }
            try {
                return await dialler.open(to, protocol, signal);
            } catch (error) {
                const given = signal.aborted && (signal.reason as Error).name !== 'TimeoutError';
                if (!given && libp2p.getConnections(to.peer).length === 0) away.add(peer);
                throw error;
            }
        },
    };
}

/** What a node says of other peers counts for nothing. */
function ownAddresses({ nodeKey, addresses }: KnownPeer): string[] {
    const end = `/p2p/${peerOfKey(nodeKey).toString()}`;
    return addresses.filter((one) => one.endsWith(end) && isForBrowsers(one));
}
