import type { Address } from '@ton/core';
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Runtime } from '../runtime';
import type { Chain, Fetch } from '../sdk';
import type { BlobStore } from '../sdk/node';
import type { PeerFetch } from './blob-fetcher';
import type { NodeEvent, ProviderEvent } from './events';
import type { Governor } from './governor';
import type { HttpTimeouts, UploadLimits } from './http';
import type { PageOptions } from './page';
import type { Pricing } from './pricing';
import type { JobLimits, Rules } from './rules';

export interface ProviderOptions {
    readonly chain: Chain;
    readonly market: Address;
    /** The Stake that the node acts for; it may be opened after the node has started. */
    readonly stake: Address;
    /** Global id of the network: -239 main, -3 test and embedded chains. */
    readonly network: number;
    /** The node key as @ton/crypto holds it, 64 bytes. */
    readonly nodeKey: Buffer;
    /** At least 32 random bytes that the node keeps for good: the keys of its jobs come from them. */
    readonly secret: Uint8Array;
    readonly runtime: Runtime;
    readonly blobs: BlobStore;
    /** Where the node remembers what it signed, earned and measured. One node, one folder. */
    readonly stateFolder: string;
    readonly pricing: Pricing;
    /** Everybody and everything unless set. */
    readonly rules?: Rules;
    /** `DEFAULT_LIMITS` unless set. */
    readonly limits?: Partial<JobLimits>;
    /** Cores that the runtime uses; until a model is loaded, 1 is assumed unless set. */
    readonly processes?: number;
    /** Jobs at a time that are bid for, or won and not committed; 4 unless set. */
    readonly maxJobs?: number;
    /** Warm models at a time; 2 unless set. */
    readonly maxModels?: number;
    readonly http?: HttpOptions;
    /** What strangers may leave here beside specs; `DEFAULT_UPLOADS` unless set. */
    readonly uploads?: Partial<UploadLimits>;
    /** Blob stores that are asked for specs that no client gave; none unless set. */
    readonly specSources?: readonly string[];
    /** Results are served this long after the end of their job, seconds; an hour unless set. */
    readonly keepSeconds?: number;
    /** Jobs listed up to this long before are looked at after a start, seconds; 3600 unless set. */
    readonly lookBackSeconds?: number;
    /** Inputs and model up to this size are fetched before the bid, bytes; 16 MiB unless set. */
    readonly prefetchBytes?: number;
    /**
     * How long after a job was let go the node first looks at what became of it, milliseconds; a
     * minute unless set.
     */
    readonly fateLookMs?: number;
    /** With less room on the disk of the state the node is not ready, bytes; 256 MiB unless set. */
    readonly minFreeBytes?: number;
    /** How long an endpoint may take to answer in all, milliseconds; a minute unless set. */
    readonly chainTimeoutMs?: number;
    /**
     * How the node fetches what strangers name; `publicFetch`, which keeps out of the operator's
     * own network, unless set.
     */
    readonly fetch?: Fetch;
    /** How blobs are fetched from peers that strangers name; those are not asked unless set. */
    readonly peers?: PeerFetch;
    /** Whether clients reach this node by its key alone, over the peer-to-peer network; no unless set. */
    readonly byKeyOnly?: boolean;
    /** Sees to what the owner wants; whoever made it starts and stops it. Nothing is kept back without. */
    readonly governor?: Governor;
    /** The owner's page, beside `GET /status`; there is none unless set. */
    readonly page?: PageOptions;
    /** Added to what `GET /status` answers. */
    readonly moreStatus?: () => object;
    /** Served with the metrics; a verifier on the same stake has some. */
    readonly moreMetrics?: () => Registry | undefined;
    /** For metrics and status. */
    readonly version?: string;
    /** Milliseconds since 1970; the clock of this machine unless set. */
    readonly now?: () => number;
    /** From 0 to under 1; `Math.random` unless set. */
    readonly random?: () => number;
    /** Silent unless set. */
    readonly logger?: Logger;
    /** Told what happens to jobs; what it throws is logged. */
    readonly onEvent?: (event: ProviderEvent) => void;
    /** Told what happens to the node. */
    readonly onNodeEvent?: (event: NodeEvent) => void;
}

/** Where a node listens. */
export interface HttpOptions {
    /** For everybody; a free port of 127.0.0.1 unless set. */
    readonly port?: number;
    readonly host?: string;
    /** Metrics and status for the operator; a free port of 127.0.0.1 unless set. */
    readonly admin?: { readonly port?: number; readonly host?: string } | false;
    /** Proxies in front whose word about a client's address is taken; none unless set. */
    readonly trustedProxies?: number;
    readonly timeouts?: Partial<HttpTimeouts>;
    /** Served to everybody beside what the node itself serves; nothing unless set. */
    readonly more?: Router;
}

export const DEFAULT_LIMITS: JobLimits = {
    maxMemoryBytes: 4 * 1024 ** 3,
    maxResultBytes: 1024 ** 3,
    maxItems: 1_000_000,
    maxInputBytes: 4 * 1024 ** 3,
    maxModelBytes: 4 * 1024 ** 3,
    // All GRAM that there can be: the daily limit of the stake is what holds.
    maxLockNano: 2n ** 64n,
    maxPriceNano: 2n ** 64n,
    maxUnpaidCheckRate: 10_000,
    minOpenSeconds: 10,
    minTau: 1e-4,
};
