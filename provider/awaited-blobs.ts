import type { Address } from '@ton/core';
import type { HashHex } from '../protocol';
import type { BlobStore } from '../sdk/node';

/** Jobs that may wait for blobs at a time: a listing costs its client little, and may lead nowhere. */
const MAX_WAITS = 64;
const MAX_WAITS_OF_CLIENT = 8;

/** What jobs wait for that could not be had when they were looked at. */
export interface AwaitedBlobs {
    /** Takes a place for a job; undefined where no other one may wait. */
    enter(client: Address, onArrival: () => void): BlobWait | undefined;
    /** Strangers gave a blob to this node. */
    arrived(sha256: HashHex): void;
}

/** The wait of one job. */
export interface BlobWait {
    /**
     * Says what is waited for from now on; undefined: it has no name.
     *
     * @returns whether it came meanwhile, which is not told again
     */
    need(sha256: HashHex | undefined): boolean;
    end(): void;
}

/** @param given - where strangers leave blobs */
export function createAwaitedBlobs(given: readonly Pick<BlobStore, 'has'>[]): AwaitedBlobs {
    interface Entry {
        readonly client: string;
        readonly onArrival: () => void;
        sha256: HashHex | undefined;
    }
    const entries = new Set<Entry>();
    return {
        enter(address, onArrival) {
            const client = address.toRawString();
            const own = [...entries].filter((entry) => entry.client === client).length;
            if (entries.size >= MAX_WAITS || own >= MAX_WAITS_OF_CLIENT) return undefined;
            const entry: Entry = { client, onArrival, sha256: undefined };
            entries.add(entry);
            return {
                need(sha256) {
                    entry.sha256 = sha256;
                    return sha256 !== undefined && given.some((store) => store.has(sha256));
                },
                end: () => void entries.delete(entry),
            };
        },
        arrived(sha256) {
            for (const entry of entries) if (entry.sha256 === sha256) entry.onArrival();
        },
    };
}
