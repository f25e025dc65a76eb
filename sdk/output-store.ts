import { type HashHex, hashToHex } from '../protocol';
import { hashBytes } from './hash-bytes';

/**
 * Where a client keeps blobs of results, so that none is downloaded twice, also after a restart:
 * large outputs, batches of small ones, leaves. What it gives back is checked again, so it need
 * not be reliable, only faster than the network.
 */
export interface OutputStore {
    has(sha256: HashHex): Promise<boolean>;
    /** Undefined where it has no such blob. */
    get(sha256: HashHex): Promise<Uint8Array | undefined>;
    /** Keeps bytes that have this hash; may drop older ones. */
    put(sha256: HashHex, bytes: Uint8Array): Promise<void>;
}

export interface MemoryOutputStoreOptions {
    /** What was kept for longest is dropped beyond this, bytes; 256 MiB unless set. */
    readonly maxBytes?: number;
}

const MAX_BYTES = 256 * 1024 ** 2;

/** A store that lasts as long as the page or the process. */
export function createMemoryOutputStore(options: MemoryOutputStoreOptions = {}): OutputStore {
    const { maxBytes = MAX_BYTES } = options;
    const blobs = new Map<HashHex, Uint8Array>();
    let held = 0;
    return {
        has: (sha256) => Promise.resolve(blobs.has(sha256)),
        get: (sha256) => Promise.resolve(blobs.get(sha256)),
        put: (sha256, bytes) => {
            if (blobs.has(sha256) || bytes.length > maxBytes) return Promise.resolve();
            blobs.set(sha256, bytes);
            held += bytes.length;
            for (const [oldest, { length }] of blobs) {
                if (held <= maxBytes) break;
                blobs.delete(oldest);
                held -= length;
            }
            return Promise.resolve();
        },
    };
}

/** What a store has under a hash, where it has it and the bytes are still the right ones. */
export async function keptBlob(
    store: OutputStore | undefined,
    sha256: HashHex,
): Promise<Uint8Array | undefined> {
    const bytes = await store?.get(sha256);
    if (bytes === undefined) return undefined;
    return hashToHex(await hashBytes(bytes)) === sha256 ? bytes : undefined;
}

/** Gives a store what it does not have yet. */
export async function keepBlob(
    store: OutputStore | undefined,
    sha256: HashHex,
    bytes: Uint8Array,
): Promise<void> {
    if (store !== undefined && !(await store.has(sha256))) await store.put(sha256, bytes);
}
