import type { HttpLimits } from './http/serve-http';
import type { PeerRate } from './peer-budget';

const MIB = 1024 ** 2;

/** What a node allows, each with its reason in docs/network.md. */
export interface NetworkLimits {
    /** Connections in all; the least useful are closed beyond. */
    readonly maxConnections: number;
    /** Connections that one address may open each second. */
    readonly inboundConnectionsPerSecond: number;
    /** Inbound connections that have not proven their key yet. */
    readonly maxPendingConnections: number;
    /** Blobs that are served at a time, to all and to one peer. */
    readonly maxServed: number;
    readonly maxServedToPeer: number;
    /** How long a peer may take for one chunk or one answer, either way, milliseconds. */
    readonly chunkTimeoutMs: number;
    /** How long a peer may keep a stream open without asking, milliseconds. */
    readonly idleTimeoutMs: number;
    /** What peers may take each second: those that have a stake, and others. */
    readonly staked: PeerRate;
    readonly strangers: PeerRate;
    /** Trees of served blobs in memory, bytes. */
    readonly maxTreeBytes: number;
    /** Partial blobs together on disk, bytes. */
    readonly maxPartialBytes: number;
    /** A partial blob without a job of its own is kept so long, milliseconds. */
    readonly keepPartialMs: number;
    /** HTTP over streams. */
    readonly http: HttpLimits;
    readonly relay: RelayLimits;
}

/** What a node relays for others. */
export interface RelayLimits {
    /** Peers that may be reached through this node. */
    readonly maxReservations: number;
    /** Bytes of one relayed connection, after which it is cut. */
    readonly maxBytes: number;
    /** How long one relayed connection may last, milliseconds. */
    readonly maxMs: number;
}

export const DEFAULT_NETWORK_LIMITS: NetworkLimits = {
    maxConnections: 200,
    inboundConnectionsPerSecond: 10,
    maxPendingConnections: 128,
    maxServed: 64,
    maxServedToPeer: 8,
    chunkTimeoutMs: 30_000,
    idleTimeoutMs: 60_000,
    staked: { bytesPerSecond: 128 * MIB, burstBytes: 1024 * MIB },
    strangers: { bytesPerSecond: 16 * MIB, burstBytes: 256 * MIB },
    maxTreeBytes: 16 * MIB,
    maxPartialBytes: 16 * 1024 * MIB,
    keepPartialMs: 24 * 3600 * 1000,
    http: { maxStreams: 128, maxStreamsOfPeer: 16 },
    relay: { maxReservations: 32, maxBytes: 64 * MIB, maxMs: 10 * 60 * 1000 },
};
