import type { Server } from 'node:http';
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface';
import { KEEP_ALIVE } from '@libp2p/interface';
import { Admission } from './admission';
import { type BlobShelf, BlobTrees } from './blobs/blob-trees';
import { PeerBlobs } from './blobs/peer-blobs';
import { BlobService } from './blobs/serve-blobs';
import { BLOB_PROTOCOL } from './blobs/wire';
import { Dialler } from './dial';
import { fetchFromPeer } from './http/fetch-http';
import { nodeExchange } from './http/node-exchange';
import { serveHttp } from './http/serve-http';
import { followJobHints, type JobHint } from './job-hints';
import { createLibp2pNode } from './libp2p-node';
import { DEFAULT_NETWORK_LIMITS, type NetworkLimits } from './limits';
import { groupByPeer } from './peer-address';
import { PeerBudget } from './peer-budget';
import { providePlatform } from './platform';
import { Refusals } from './refusals';
import { PublicRelay } from './relaying';
import type { WebRtcOptions } from './webrtc/transports';

export interface NetworkNodeOptions {
    /** The node key as @ton/crypto holds it, 64 bytes: what peers know this node by. */
    readonly nodeKey: Uint8Array;
    /** Multiaddrs such as `/ip4/0.0.0.0/tcp/8041`; none for a node that only dials. */
    readonly listen: readonly string[];
    /** Multiaddrs that are known to lead here from everywhere, without the peer id. */
    readonly announce?: readonly string[] | undefined;
    /** Relays to be found and held, for a node that cannot be reached; none unless set. */
    readonly relays?: number | undefined;
    /** Whether the node relays for others once it is public; it does unless set. */
    readonly mayRelay?: boolean | undefined;
    /** Whether the router may be asked for a port; it is not unless set. */
    readonly upnp?: boolean | undefined;
    /**
     * Whether addresses of private networks are dialled and told to others; only for networks that
     * are private as a whole.
     */
    readonly allowPrivate?: boolean | undefined;
    /**
     * WebRTC for browsers, beside the other transports; `listen` has to name addresses of it, such as
     * `/ip4/0.0.0.0/udp/8041/webrtc-direct`. Without it none of its packages is loaded.
     */
    readonly webRtc?: WebRtcOptions | undefined;
    /** Blobs that are served. */
    readonly shelf: BlobShelf;
    /** Where blobs lie while they come, on the file system of the store that takes them. */
    readonly partialFolder: string;
    readonly limits?: Partial<NetworkLimits> | undefined;
    /** Whether a peer has a stake, and so may take more; nobody has unless set. */
    readonly isStaked?: ((peer: PeerId) => boolean) | undefined;
    /** Told of each chunk that was given to a peer. */
    readonly onSent?: ((peer: string, bytes: number) => void) | undefined;
    /** Told that a job may have been listed. */
    readonly onJobHint?: ((hint: JobHint) => void) | undefined;
    /** Told of a peer with a stake that has spec and manifest of a job. */
    readonly onDocuments?: ((hint: JobHint, peer: PeerId) => void) | undefined;
}

/** HTTP without addresses: both sides know each other by their keys. */
export interface PeerHttp {
    /**
     * Fetches `p2p://<peer id>/<path>`; see `fetchFromPeer`.
     *
     * @throws PeerError, what libp2p throws where the peer cannot be reached
     */
    fetch(url: string, init?: RequestInit): Promise<Response>;
    /** Gives the requests of peers to a server. @returns how to end it */
    serve(server: Server): Promise<() => Promise<void>>;
}

/** A node of the peer-to-peer network that runs. */
export interface NetworkNode {
    readonly peer: PeerId;
    /** Where peers reach it, each with its peer id; changes as relays and mappings are found. */
    readonly addresses: readonly string[];
    readonly blobs: PeerBlobs;
    readonly http: PeerHttp;
    readonly libp2p: Libp2p;
    /** How often something was refused, by what it was. */
    readonly refused: Readonly<Record<string, number>>;
    /** Whether it relays for others now. */
    readonly relays: boolean;
    /**
     * Connects to peers that are known from elsewhere, such as the endpoints in Stakes, and stays
     * connected; returns how many could be reached.
     *
     * @throws PeerError `PEER_ADDRESS_MALFORMED`
     */
    join(addresses: readonly string[], signal?: AbortSignal): Promise<number>;
    /** Tells others that a job was listed. */
    announceJob(hint: JobHint): Promise<void>;
    /** Tells others that this node serves spec and manifest of a job, unless enough say so. */
    announceDocuments(hint: JobHint): void;
    /** Closes all. May be called again. */
    stop(): Promise<void>;
}

/** How often partial blobs are looked through, milliseconds. */
const COLLECT_MS = 10 * 60 * 1000;

/** @throws PeerError `WEBRTC_MISSING`, and what libp2p throws where it cannot listen */
export async function createNetworkNode(options: NetworkNodeOptions): Promise<NetworkNode> {
    providePlatform();
    const limits = { ...DEFAULT_NETWORK_LIMITS, ...options.limits };
    const { isStaked = () => false, onJobHint, onDocuments } = options;
    const now = () => performance.now();
    const ended = new AbortController();
    const refusals = new Refusals();
    const relay = new PublicRelay(limits.relay, options.allowPrivate ?? false);
    /** Peers that this node has joined. */
    const joined = new Set<string>();
    const isKept = (peer: PeerId) =>
        joined.has(peer.toString()) || isStaked(peer) || relay.holds(peer);
    const admission = new Admission({ limits, now, isKept, refusals });
    const libp2p = await createLibp2pNode({
        nodeKey: options.nodeKey,
        listen: options.listen,
        announce: options.announce ?? [],
        relays: options.relays ?? 0,
        mayRelay: options.mayRelay ?? true,
        upnp: options.upnp ?? false,
        allowPrivate: options.allowPrivate ?? false,
        webRtc: options.webRtc,
        ...{ limits, admission, relay, refusals },
    });
    const trees = new BlobTrees({ maxBytes: limits.maxTreeBytes, maxWaiting: limits.maxServed });
    const service = new BlobService({
        shelf: options.shelf,
        trees,
        budget: new PeerBudget((staked) => (staked ? limits.staked : limits.strangers), now),
        isStaked,
        limits,
        signal: ended.signal,
        onSent: options.onSent,
        refusals,
    });
    const handle = (stream: Stream, connection: Connection) => {
        admission.use(connection);
        return service.handle(stream, connection);
    };
    await libp2p.handle(BLOB_PROTOCOL, handle, {
        maxInboundStreams: limits.maxServedToPeer,
        runOnLimitedConnection: true,
    });
    const hints = followJobHints({
        gossip: libp2p.services.gossip,
        onHint: (hint) => onJobHint?.(hint),
        onDocuments: (hint, peer) => onDocuments?.(hint, peer),
        ...{ now, isStaked, refusals, signal: ended.signal },
    });
    const dialler = new Dialler(libp2p);
    const blobs = new PeerBlobs({
        partialFolder: options.partialFolder,
        limits,
        open: (to, signal) => dialler.open(to, BLOB_PROTOCOL, signal),
        signal: ended.signal,
        self: libp2p.peerId.toString(),
    });
    const collector = setInterval(() => void blobs.collect().catch(() => undefined), COLLECT_MS);
    collector.unref();
    let stopped: Promise<void> | undefined;
    return {
        peer: libp2p.peerId,
        get addresses() {
            return libp2p.getMultiaddrs().map(String);
        },
        blobs,
        http: {
            fetch: (url, init) => fetchFromPeer(dialler, nodeExchange, url, init),
            serve: (server) =>
                serveHttp(libp2p, server, {
                    limits: limits.http,
                    onStream: (connection) => admission.use(connection),
                    refusals,
                }),
        },
        libp2p,
        get refused() {
            return refusals.counts;
        },
        get relays() {
            return relay.running;
        },
        async join(addresses, signal) {
            const dials = groupByPeer(addresses).map(async ({ peer, addresses: known }) => {
                await libp2p.dial(known.length === 0 ? peer : [...known], signal && { signal });
                joined.add(peer.toString());
                await libp2p.peerStore.merge(peer, { tags: { [`${KEEP_ALIVE}-cocoon`]: {} } });
            });
            const results = await Promise.allSettled(dials);
            return results.filter(({ status }) => status === 'fulfilled').length;
        },
        ...hints,
        stop: () =>
            (stopped ??= (async () => {
                ended.abort();
                clearInterval(collector);
                await relay.stop();
                await libp2p.stop();
            })()),
    };
}
