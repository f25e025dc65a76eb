import { setTimeout as sleep } from 'node:timers/promises';
import { equalBytes, type Hash, type HashHex, hashFromHex, hashToHex } from '../../protocol';
import { PeerBlobError, SourceError } from '../errors';
import type { NetworkLimits } from '../limits';
import type { PeerStream } from '../dial';
import { BlobSource } from './blob-source';
import { prefixHashAt, rootOfLeaves } from './chunk-hash';
import { ChunkPlan } from './chunk-plan';
import { type BlobShape, PartialBlob } from './partial-blob';
import type { PartialStore } from './partial-store';
import { runSource } from './source-runner';
import { chunkCount } from './wire';

/** A peer that may have a blob. */
export interface PeerSource {
    /** Peer id. */
    readonly peer: string;
    /** Opens a stream of the blob protocol to it. */
    open(signal: AbortSignal): Promise<PeerStream>;
}

export interface TransferOptions {
    readonly sha256: HashHex;
    readonly sources: readonly PeerSource[];
    /** What is larger is refused before anything is written, bytes. */
    readonly maxBytes: number;
    readonly partials: PartialStore;
    readonly limits: NetworkLimits;
    /** When what is left of a transfer that failed may go, milliseconds since 1970. */
    readonly until: number;
    readonly signal: AbortSignal;
    /** Milliseconds that only grow. */
    readonly now: () => number;
    /** Whether a peer gave wrong bytes lately. */
    readonly isBanned: (peer: string) => boolean;
    /** A peer gave wrong bytes. */
    readonly onLie: (peer: string) => void;
    /** Told of each chunk that came and was right. */
    readonly onChunk?: ((peer: string, bytes: number) => void) | undefined;
}

/** How long other offers are waited for once there is one, milliseconds. */
const GRACE_MS = 300;
/** How long a peer may take to read its blob for the first offer, milliseconds. */
const OFFER_TIMEOUT_MS = 120_000;
/** Failures of a source in a row, with no chunk in between, after which it is given up. */
const MAX_FAILURES = 4;
const RETRY_MS = 500;
const STEAL_AFTER_MS = 2_000;

/**
 * Fetches one blob from several peers at once. A blob is named by the SHA-256 of all its bytes, its
 * chunks are checked against a tree that the sources tell. So a tree is believed only for as long
 * as it takes: sources that tell the same one work together, and where the whole has another hash
 * than its name, all of them lied. What two trees have in common is kept.
 */
export class Transfer {
    readonly #options: TransferOptions;
    readonly #attempts = new Map<string, string>();
    /** Sources that are neither given up nor caught. */
    readonly #usable: Set<PeerSource>;
    readonly #offers = new Map<PeerSource, BlobSource>();

    constructor(options: TransferOptions) {
        this.#options = options;
        const usable = options.sources.filter(({ peer }) => !options.isBanned(peer));
        this.#usable = new Set(usable);
        for (const { peer } of options.sources) {
            if (options.isBanned(peer)) this.#attempts.set(peer, 'it gave wrong bytes before');
        }
    }

    /**
     * @param take - moves the whole file away, whose bytes have the hash
     * @throws PeerBlobError, the reason of the signal, what `take` throws
     */
    async run(take: (path: string, shape: BlobShape) => Promise<void>): Promise<void> {
        const { sha256, partials, signal } = this.#options;
        try {
            for (;;) {
                const root = await this.#chooseRoot();
                const shape = await this.#shapeOf(root);
                if (shape === undefined) continue;
                await partials.reserve(sha256, shape.size);
                if (await this.#fetch(shape, take)) return;
            }
        } finally {
            for (const source of this.#offers.values()) source.close();
            partials.release(sha256);
            signal.throwIfAborted();
        }
    }

    /** Asks all sources that have not answered, and chooses what most of those that did tell. */
    async #chooseRoot(): Promise<Hash> {
        const { signal, sha256, partials } = this.#options;
        const asked = [...this.#usable].filter((source) => !this.#offers.has(source));
        const asking = asked.map((source) => this.#open(source));
        const some = Promise.any(asking).catch(() => undefined);
        await some;
        if (this.#offers.size > 0) {
            const grace = sleep(GRACE_MS, undefined, { signal }).catch(() => undefined);
            await Promise.race([Promise.allSettled(asking), grace]);
        }
        signal.throwIfAborted();
        const votes = new Map<string, { root: Hash; count: number }>();
        for (const { root } of this.#offers.values()) {
            const key = hashToHex(root);
            votes.set(key, { root, count: (votes.get(key)?.count ?? 0) + 1 });
        }
        const [best] = [...votes.values()].sort((a, b) => b.count - a.count);
        if (best === undefined) throw this.#unavailable();
        const left = (await partials.leftBehind(sha256))?.shape.root;
        const same = left === undefined ? undefined : votes.get(hashToHex(left));
        return same?.count === best.count ? same.root : best.root;
    }

    /** @throws what `#ask` throws; the source is then given up */
    async #open(source: PeerSource): Promise<BlobSource> {
        for (let failures = 1; ; failures++) {
            try {
                const opened = await this.#ask(source);
                this.#offers.set(source, opened);
                return opened;
            } catch (error) {
                const { signal } = this.#options;
                const final = error instanceof SourceError && !isPassing(error);
                if (final || signal.aborted || failures >= MAX_FAILURES) {
                    this.#giveUp(source, error);
                    throw error;
                }
                await sleep(RETRY_MS * failures, undefined, { signal }).catch(() => undefined);
            }
        }
    }

    /** @throws SourceError, what libp2p throws where the peer cannot be reached */
    async #ask(source: PeerSource, root?: Hash): Promise<BlobSource> {
        const { sha256, signal, limits, maxBytes } = this.#options;
        const line = await source.open(signal);
        try {
            const opened = await BlobSource.open(sha256, source.peer, line, {
                chunkTimeoutMs: limits.chunkTimeoutMs,
                offerTimeoutMs: OFFER_TIMEOUT_MS,
            });
            if (opened.size > maxBytes) {
                const said = `It offers ${opened.size} bytes, more than ${maxBytes}.`;
                throw new SourceError('SOURCE_SIZE', said);
            }
            if (root !== undefined && !equalBytes(opened.root, root)) {
                throw new SourceError('SOURCE_LIED', 'It tells another tree than before.');
            }
            return opened;
        } catch (error) {
            line.stream.abort(error instanceof Error ? error : new Error('failed'));
            throw error;
        }
    }

    /** Size and leaves for a root, from what is on disk or from a source; undefined where none tells. */
    async #shapeOf(root: Hash): Promise<BlobShape | undefined> {
        const { sha256, partials } = this.#options;
        const left = (await partials.leftBehind(sha256))?.shape;
        for (const [source, opened] of this.#telling(root)) {
            if (left !== undefined && equalBytes(left.root, root) && left.size === opened.size) {
                return left;
            }
            try {
                const leaves = await opened.leaves();
                if (!equalBytes(rootOfLeaves(leaves), root)) {
                    throw new SourceError('SOURCE_LIED', 'Its leaves do not make its root.');
                }
                const last = prefixHashAt(leaves, chunkCount(opened.size) - 1);
                if (opened.size > 0 && !equalBytes(last, hashFromHex(sha256))) {
                    throw new SourceError('SOURCE_LIED', 'Its leaves are of another blob.');
                }
                return { size: opened.size, root, leaves };
            } catch (error) {
                this.#options.signal.throwIfAborted();
                const lied = error instanceof SourceError && error.code === 'SOURCE_LIED';
                if (lied) this.#options.onLie(source.peer);
                this.#giveUp(source, error);
            }
        }
        return undefined;
    }

    /** Whether all came, was right, and was taken. */
    async #fetch(
        shape: BlobShape,
        take: (path: string, shape: BlobShape) => Promise<void>,
    ): Promise<boolean> {
        const { sha256, partials, until, signal, now, onLie } = this.#options;
        const partial = await PartialBlob.open(partials.base(sha256), shape, until, signal);
        try {
            const plan = new ChunkPlan({
                chunks: chunkCount(shape.size),
                has: (index) => partial.has(index),
                now,
                stealAfterMs: STEAL_AFTER_MS,
            });
            const telling = this.#telling(shape.root).filter(([, { size }]) => size === shape.size);
            await this.#runAll(telling, plan, partial);
            const digest = plan.done ? await partial.digest() : undefined;
            if (digest === undefined) return false;
            if (digest === sha256) {
                await take(partial.path, shape);
                await partial.remove();
                return true;
            }
            for (const [source] of telling) {
                onLie(source.peer);
                const said = 'The whole has another hash than its name.';
                this.#giveUp(source, new SourceError('SOURCE_LIED', said));
            }
            return false;
        } finally {
            await partial.close();
        }
    }

    async #runAll(
        telling: readonly (readonly [PeerSource, BlobSource])[],
        plan: ChunkPlan,
        partial: PartialBlob,
    ): Promise<void> {
        const { signal } = this.#options;
        const stop = () => {
            for (const [source] of telling) {
                this.#offers.get(source)?.close(new SourceError('SOURCE_CLOSED', 'Not needed.'));
                this.#offers.delete(source);
            }
        };
        signal.addEventListener('abort', stop, { once: true });
        try {
            const runs = telling.map(async ([source]) => {
                await this.#runOne(source, plan, partial);
                // Others may still wait for chunks that came from here.
                if (plan.done) stop();
            });
            await Promise.all(runs);
        } finally {
            signal.removeEventListener('abort', stop);
        }
        signal.throwIfAborted();
    }

    /** Fetches from one source; where the line breaks, opens another and goes on. */
    async #runOne(source: PeerSource, plan: ChunkPlan, partial: PartialBlob): Promise<void> {
        const { signal, now, onChunk } = this.#options;
        let failures = 0;
        const count = (peer: string, bytes: number) => {
            failures = 0;
            onChunk?.(peer, bytes);
        };
        while (!plan.done && !signal.aborted && this.#usable.has(source)) {
            const opened = this.#offers.get(source) ?? (await this.#reopen(source, partial));
            try {
                if (opened !== undefined) {
                    await runSource(opened, { plan, partial, onChunk: count, now });
                    return;
                }
            } catch (error) {
                if (plan.done || signal.aborted) return;
                this.#offers.delete(source);
                opened?.close(error instanceof Error ? error : new Error('failed'));
                if (!(error instanceof SourceError)) throw error;
                if (error.code === 'SOURCE_LIED') this.#options.onLie(source.peer);
                if (!isPassing(error)) return this.#giveUp(source, error);
                this.#attempts.set(source.peer, error.message);
            }
            failures++;
            if (failures >= MAX_FAILURES) return void this.#usable.delete(source);
            await sleep(RETRY_MS * failures, undefined, { signal }).catch(() => undefined);
        }
    }

    async #reopen(source: PeerSource, partial: PartialBlob): Promise<BlobSource | undefined> {
        try {
            const opened = await this.#ask(source, partial.shape.root);
            this.#offers.set(source, opened);
            return opened;
        } catch (error) {
            this.#attempts.set(source.peer, reasonOf(error));
            return undefined;
        }
    }

    #telling(root: Hash): (readonly [PeerSource, BlobSource])[] {
        return [...this.#offers].filter(
            ([source, offer]) => this.#usable.has(source) && equalBytes(offer.root, root),
        );
    }

    #giveUp(source: PeerSource, error: unknown): void {
        this.#usable.delete(source);
        this.#attempts.set(source.peer, reasonOf(error));
        const cause = error instanceof Error ? error : new Error('failed');
        this.#offers.get(source)?.close(cause);
        this.#offers.delete(source);
    }

    #unavailable(): PeerBlobError {
        const attempts = [...this.#attempts].map(([peer, said]) => `${peer}: ${said}`);
        const { sha256 } = this.#options;
        const said = `No peer gave the blob ${sha256} (${attempts.join('; ') || 'none is named'}).`;
        return new PeerBlobError('PEER_BLOB_UNAVAILABLE', sha256, said, attempts);
    }
}

/** Whether another try of the same source may go better. */
function isPassing({ code }: SourceError): boolean {
    return code === 'SOURCE_CLOSED' || code === 'SOURCE_SLOW' || code === 'SOURCE_BUSY';
}

function reasonOf(error: unknown): string {
    return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
