import type { HashHex } from '../../protocol';
import type { NetworkLimits } from '../limits';
import { groupByPeer, type PeerAddress } from '../peer-address';
import { Expiring } from '../expiring';
import type { PeerStream } from '../dial';
import { PartialStore } from './partial-store';
import { Transfer } from './transfer';

export interface FetchFromPeersRequest {
    readonly sha256: HashHex;
    /** Peers that may have it, as `/…/p2p/<peer id>`. */
    readonly sources: readonly string[];
    /** What is larger is refused before anything is written, bytes. */
    readonly maxBytes: number;
    /**
     * Moves the file away, whose bytes have the hash, once it is whole.
     *
     * @param path - absolute, on the file system of `partialFolder`
     */
    readonly take: (path: string, bytes: number) => Promise<void>;
    /**
     * When what is left of a transfer that failed may be removed, milliseconds since 1970: the end
     * of the job that needs it; `limits.keepPartialMs` from now unless set.
     */
    readonly until?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    /** Told of each chunk that came and was right. */
    readonly onChunk?: ((peer: string, bytes: number) => void) | undefined;
}

export interface PeerBlobsOptions {
    readonly partialFolder: string;
    readonly limits: NetworkLimits;
    /** Opens a stream of the blob protocol to a peer. */
    readonly open: (to: PeerAddress, signal: AbortSignal) => Promise<PeerStream>;
    /** Ends all transfers. */
    readonly signal: AbortSignal;
    readonly self: string;
}

/** A peer that gave wrong bytes is asked for nothing so long, milliseconds. */
const BAN_MS = 3600 * 1000;
const MAX_BANS = 4096;

/** Fetches blobs from peers; what two ask for at a time is fetched once by the caller's own care. */
export class PeerBlobs {
    readonly #options: PeerBlobsOptions;
    readonly #partials: PartialStore;
    readonly #bans = new Expiring(BAN_MS, MAX_BANS, () => performance.now());

    constructor(options: PeerBlobsOptions) {
        this.#options = options;
        this.#partials = new PartialStore({
            folder: options.partialFolder,
            maxBytes: options.limits.maxPartialBytes,
            now: () => Date.now(),
        });
    }

    /**
     * Fetches a blob from all peers that have it at once, each chunk checked when it comes; goes on
     * with what an earlier try left on disk.
     *
     * @throws PeerError, PeerBlobError, the reason of the signal, what `take` throws
     */
    async fetch(request: FetchFromPeersRequest): Promise<void> {
        const { sha256, maxBytes, take, onChunk } = request;
        const { open, limits, self } = this.#options;
        const ends = [this.#options.signal, request.signal].filter((one) => one !== undefined);
        const transfer = new Transfer({
            sha256,
            sources: groupByPeer(request.sources)
                .filter(({ peer }) => peer.toString() !== self)
                .map((to) => ({
                    peer: to.peer.toString(),
                    open: (signal) => open(to, signal),
                })),
            maxBytes,
            partials: this.#partials,
            limits,
            until: request.until ?? Date.now() + limits.keepPartialMs,
            signal: AbortSignal.any(ends),
            now: () => performance.now(),
            isBanned: (peer) => this.#bans.has(peer),
            onLie: (peer) => this.#bans.add(peer),
            onChunk,
        });
        await transfer.run((path, { size }) => take(path, size));
    }

    /** Removes partial blobs whose time is over. */
    async collect(): Promise<void> {
        await this.#partials.collect();
    }
}
