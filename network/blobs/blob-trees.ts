import { HASH_BYTES, type Hash, type HashHex } from '../../protocol';
import { leavesOfFile, rootOfLeaves } from './chunk-hash';

/** A blob that is held, as the store of the node knows it. */
export interface HeldBlob {
    /** Of the file, absolute. */
    readonly path: string;
    /** Where the blob begins in its file; 0 unless set. */
    readonly offset?: number;
    readonly size: number;
}

/** Where the served blobs are. */
export interface BlobShelf {
    /** A blob whose bytes have been checked; undefined where it is not held. */
    find(sha256: HashHex): Promise<HeldBlob | undefined>;
}

export interface BlobTree {
    readonly root: Hash;
    /** `LEAF_BYTES` for each chunk. */
    readonly leaves: Uint8Array;
}

export interface BlobTreesOptions {
    /** Leaves kept in memory, bytes. */
    readonly maxBytes: number;
    /** Trees that wait to be computed before others are refused. */
    readonly maxWaiting: number;
}

/**
 * Trees of the blobs that are served. One is computed at a time, by reading its blob once; the
 * newest are kept, so that the same question does not read the disk again.
 */
export class BlobTrees {
    readonly #options: BlobTreesOptions;
    /** In the order of their use, the oldest first. */
    readonly #trees = new Map<HashHex, BlobTree>();
    readonly #running = new Map<HashHex, Promise<BlobTree>>();
    #bytes = 0;
    #last: Promise<unknown> = Promise.resolve();

    constructor(options: BlobTreesOptions) {
        this.#options = options;
    }

    /** The tree of a blob; undefined where too many others wait. */
    of(sha256: HashHex, blob: HeldBlob, signal: AbortSignal): Promise<BlobTree> | undefined {
        const known = this.#trees.get(sha256);
        if (known !== undefined) {
            this.#trees.delete(sha256);
            this.#trees.set(sha256, known);
            return Promise.resolve(known);
        }
        const running = this.#running.get(sha256);
        if (running !== undefined) return running;
        if (this.#running.size >= this.#options.maxWaiting) return undefined;
        const work = this.#last.then(async () => {
            const leaves = await leavesOfFile(blob, signal);
            return this.#keep(sha256, { root: rootOfLeaves(leaves), leaves });
        });
        this.#last = work.catch(() => undefined);
        this.#running.set(sha256, work);
        work.finally(() => this.#running.delete(sha256)).catch(() => undefined);
        return work;
    }

    #keep(sha256: HashHex, tree: BlobTree): BlobTree {
        this.#trees.set(sha256, tree);
        this.#bytes += tree.leaves.length + HASH_BYTES;
        for (const [oldest, { leaves }] of this.#trees) {
            if (this.#bytes <= this.#options.maxBytes || this.#trees.size === 1) break;
            this.#trees.delete(oldest);
            this.#bytes -= leaves.length + HASH_BYTES;
        }
        return tree;
    }
}
