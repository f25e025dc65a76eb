import { autoNAT } from '@libp2p/autonat';
import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import { identify } from '@libp2p/identify';
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { webSockets } from '@libp2p/websockets';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { type BlobShelf, BlobTrees } from './blobs/blob-trees';
import { PeerBlobs } from './blobs/peer-blobs';
import { BlobService } from './blobs/serve-blobs';
import { BLOB_PROTOCOL } from './blobs/wire';
import { privateKeyOf } from './identity';
import { DEFAULT_NETWORK_LIMITS, type NetworkLimits } from './limits';
import type { PeerAddress } from './peer-address';
import { PeerBudget } from './peer-budget';
import { providePlatform } from './platform';

export interface NetworkNodeOptions {
    /** The node key as @ton/crypto holds it, 64 bytes: what peers know this node by. */
    readonly nodeKey: Uint8Array;
    /** Multiaddrs such as `/ip4/0.0.0.0/tcp/8041`; none for a node that only dials. */
    readonly listen: readonly string[];
    /** Blobs that are served. */
    readonly shelf: BlobShelf;
    /** Where blobs lie while they come, on the file system of the store that takes them. */
    readonly partialFolder: string;
    readonly limits?: Partial<NetworkLimits> | undefined;
    /** Whether a peer has a stake, and so may take more; nobody has unless set. */
    readonly isStaked?: ((peer: PeerId) => boolean) | undefined;
    /** Told of each chunk that was given to a peer. */
    readonly onSent?: ((peer: string, bytes: number) => void) | undefined;
}

/** A node of the peer-to-peer network that runs. */
export interface NetworkNode {
    readonly peer: PeerId;
    /** Where peers reach it, each with its peer id; grows while relays and mappings are found. */
    readonly addresses: readonly string[];
    readonly blobs: PeerBlobs;
    readonly libp2p: Libp2p;
    /** Closes all. May be called again. */
    stop(): Promise<void>;
}

/** Bytes that a peer may send on one stream before they are read. */
const WINDOW_BYTES = 4 * 1024 ** 2;

/** @throws what libp2p throws where it cannot listen */
export async function createNetworkNode(options: NetworkNodeOptions): Promise<NetworkNode> {
    providePlatform();
    const limits = { ...DEFAULT_NETWORK_LIMITS, ...options.limits };
    const { isStaked = () => false } = options;
    const ended = new AbortController();
    const libp2p = await createLibp2p({
        privateKey: privateKeyOf(options.nodeKey),
        addresses: { listen: [...options.listen] },
        transports: [tcp(), webSockets(), circuitRelayTransport()],
        // TLS first: Node has it natively, at more than twice the speed of noise.
        connectionEncrypters: [tls(), noise()],
        streamMuxers: [
            yamux({
                streamOptions: {
                    initialStreamWindowSize: WINDOW_BYTES,
                    maxStreamWindowSize: WINDOW_BYTES,
                },
            }),
        ],
        connectionManager: {
            maxConnections: limits.maxConnections,
            inboundConnectionThreshold: limits.inboundConnectionsPerSecond,
            maxIncomingPendingConnections: limits.maxPendingConnections,
        },
        services: {
            identify: identify(),
            ping: ping(),
            autoNAT: autoNAT(),
            relay: circuitRelayServer(),
        },
    });
    const rateOf = (peer: string) => (staked.has(peer) ? limits.staked : limits.strangers);
    const staked = new Set<string>();
    const trees = new BlobTrees({ maxBytes: limits.maxTreeBytes, maxWaiting: limits.maxServed });
    const service = new BlobService({
        shelf: options.shelf,
        trees,
        budget: new PeerBudget(rateOf, () => performance.now()),
        limits,
        signal: ended.signal,
        onSent: options.onSent,
    });
    const handle = (stream: Stream, connection: Connection) => {
        const { remotePeer } = connection;
        if (isStaked(remotePeer)) staked.add(remotePeer.toString());
        return service.handle(stream, connection);
    };
    await libp2p.handle(BLOB_PROTOCOL, handle, {
        maxInboundStreams: limits.maxServedToPeer,
        runOnLimitedConnection: true,
    });
    const open = ({ peer, addresses }: PeerAddress, signal: AbortSignal) =>
        libp2p.dialProtocol(addresses.length === 0 ? peer : [...addresses], BLOB_PROTOCOL, {
            signal,
            runOnLimitedConnection: true,
        });
    const blobs = new PeerBlobs({
        partialFolder: options.partialFolder,
        limits,
        trees,
        open,
        signal: ended.signal,
        self: libp2p.peerId.toString(),
    });
    let stopped: Promise<void> | undefined;
    return {
        peer: libp2p.peerId,
        get addresses() {
            return libp2p.getMultiaddrs().map(String);
        },
        blobs,
        libp2p,
        stop: () => {
            ended.abort();
            return (stopped ??= Promise.resolve(libp2p.stop()));
        },
    };
}
