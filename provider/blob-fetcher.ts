import { createReadStream } from 'node:fs';
import type { Server } from 'node:http';
import type { Address } from '@ton/core';
import type { PeerBlobs } from '../network';
import { type HashHex, isPeerAddress } from '../protocol';
import { BlobUnavailableError, type Fetch, untilAborted } from '../sdk';
import { type BlobStore, BlobStoreError } from '../sdk/node';
import { PassError } from './errors';

/** What a node uses of the peer-to-peer network. */
export interface PeerFetch extends Pick<PeerBlobs, 'fetch'> {
    /** Where peers reach this node, for `GET /health`; none unless set. */
    readonly addresses?: readonly string[];
    /** Whether pages in browsers can dial one of them. */
    readonly forBrowsers?: boolean;
    /** Gives requests of peers to the public server of the node. @returns how to end it */
    readonly serve?: (server: Server) => Promise<() => Promise<void>>;
    /** Tells others of a listing. */
    readonly announceListing?: (escrow: Address, jobId: number) => void;
    /** Tells others that this node has spec and manifest of a job. */
    readonly announceDocuments?: (escrow: Address, jobId: number) => void;
    /**
     * Hears of nodes with a stake that have spec and manifest of a job.
     *
     * @param onOffer - told of the job and of the address of the peer
     * @returns how to end it
     */
    readonly hearDocuments?: (
        onOffer: (escrow: Address, jobId: number, peer: string) => void,
    ) => () => void;
    /** Addresses of nodes with a stake that this one is connected to, a few of them; none unless set. */
    readonly neighbours?: () => readonly string[];
    /** Returns when others told of a listing, at the latest after this time. */
    readonly nextHint?: (mostMs: number, signal: AbortSignal) => Promise<void>;
}

export interface EnsureOptions {
    /** What is larger is refused, bytes. */
    readonly maxBytes: number;
    readonly signal?: AbortSignal | undefined;
}

/** Brings blobs into a store; what two jobs need at a time is fetched once. */
export interface BlobFetcher {
    /**
     * Returns once the store has the blob: from what strangers gave, or else from the first place
     * that gives the right bytes.
     *
     * @param urls - where the blob itself can be had, and addresses of peers that may have it;
     * those are asked together, before the URLs
     * @throws BlobUnavailableError, PassError `no-room`, the reason of the signal
     */
    ensure(sha256: HashHex, urls: readonly string[], options: EnsureOptions): Promise<void>;
    /** Addresses of other nodes, which nobody has named: to be asked after all places have failed. */
    neighbours(): readonly string[];
}

export interface BlobFetcherOptions {
    readonly blobs: BlobStore;
    /** What strangers gave, which is taken over once a job needs it. */
    readonly given?: readonly BlobStore[];
    readonly fetch: Fetch;
    /** Fetches from peers; without it, their addresses are passed over. */
    readonly peers?: PeerFetch | undefined;
    /** Ends all fetching. */
    readonly signal: AbortSignal;
    /** How long one place may take, milliseconds; 10 minutes unless set. */
    readonly timeoutMs?: number;
    /** Told how long a download took. */
    readonly onFetched?: (bytes: number, elapsedMs: number) => void;
}

export function createBlobFetcher(options: BlobFetcherOptions): BlobFetcher {
    const { blobs, given = [], fetch, peers, timeoutMs = 600_000 } = options;
    const running = new Map<HashHex, Promise<void>>();

    const keeping = async (store: Promise<void>) => {
        try {
            await store;
        } catch (error) {
            if (error instanceof BlobStoreError && error.code === 'BLOB_STORE_FULL') {
                throw new PassError('no-room', error.message, error);
            }
            throw error;
        }
    };
    const take = (sha256: HashHex, bytes: AsyncIterable<Uint8Array>, maxBytes: number) =>
        keeping(blobs.receive(sha256, bytes, maxBytes));
    const adopt = (sha256: HashHex, path: string) => keeping(blobs.adopt(path, sha256));

    const takeGiven = async (sha256: HashHex, maxBytes: number): Promise<boolean> => {
        const store = given.find((one) => one.has(sha256));
        if (store === undefined) return false;
        await take(sha256, createReadStream(store.path(sha256)), maxBytes);
        return true;
    };

    const download = async (sha256: HashHex, url: string, maxBytes: number) => {
        const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
        const startedAt = performance.now();
        const response = await fetch(url, { redirect: 'error', signal });
        if (!response.ok || response.body === null) {
            await response.body?.cancel();
            throw new Error(`HTTP ${response.status}`);
        }
        let bytes = 0;
        const counted = async function* (body: AsyncIterable<Uint8Array>) {
            for await (const part of body) {
                bytes += part.length;
                yield part;
            }
        };
        await take(sha256, counted(response.body), maxBytes);
        options.onFetched?.(bytes, performance.now() - startedAt);
    };

    const fromPeers = async (sha256: HashHex, sources: readonly string[], maxBytes: number) => {
        if (peers === undefined) throw new Error('this node has no peer-to-peer network');
        const startedAt = performance.now();
        const { signal } = options;
        const take = async (path: string, bytes: number) => {
            await adopt(sha256, path);
            options.onFetched?.(bytes, performance.now() - startedAt);
        };
        await peers.fetch({ sha256, sources, maxBytes, signal, take });
    };

    const obtain = async (sha256: HashHex, urls: readonly string[], maxBytes: number) => {
        const attempts: string[] = [];
        const attempt = async (place: string, work: () => Promise<boolean>): Promise<boolean> => {
            try {
                return await work();
            } catch (error) {
                options.signal.throwIfAborted();
                if (error instanceof PassError) throw error;
                attempts.push(`${place}: ${error instanceof Error ? error.message : 'failed'}`);
                return false;
            }
        };
        if (await attempt('given to this node', () => takeGiven(sha256, maxBytes))) return;
        const addresses = urls.filter(isPeerAddress);
        if (addresses.length > 0) {
            const work = () => fromPeers(sha256, addresses, maxBytes).then(() => true);
            if (await attempt('peers', work)) return;
        }
        for (const url of urls.filter((one) => !isPeerAddress(one))) {
            const work = () => download(sha256, url, maxBytes).then(() => true);
            if (await attempt(hostOf(url), work)) return;
        }
        throw new BlobUnavailableError(sha256, attempts);
    };

    return {
        neighbours: () => peers?.neighbours?.() ?? [],
        ensure(sha256, urls, { maxBytes, signal }) {
            if (blobs.has(sha256)) return Promise.resolve();
            let work = running.get(sha256);
            if (work === undefined) {
                work = obtain(sha256, urls, maxBytes).finally(() => running.delete(sha256));
                work.catch(() => undefined);
                running.set(sha256, work);
            }
            return untilAborted(work, signal);
        },
    };
}

function hostOf(url: string): string {
    return URL.canParse(url) ? new URL(url).host : 'no URL';
}
