/** How much one peer may take. */
export interface PeerRate {
    /** Bytes that it may take each second in the long run. */
    readonly bytesPerSecond: number;
    /** Bytes that it may take at once after a pause. */
    readonly burstBytes: number;
}

interface Bucket {
    bytes: number;
    at: number;
}

/** Peers that are remembered; whoever was longest away is forgotten, with a full bucket. */
const MAX_PEERS = 4096;

/** A token bucket for each peer. */
export class PeerBudget {
    readonly #rateOf: (staked: boolean) => PeerRate;
    readonly #now: () => number;
    readonly #buckets = new Map<string, Bucket>();

    /** @param now - milliseconds that only grow */
    constructor(rateOf: (staked: boolean) => PeerRate, now: () => number) {
        this.#rateOf = rateOf;
        this.#now = now;
    }

    /** Takes bytes on account of a peer, and says how long to wait before giving them, in ms. */
    take(peer: string, bytes: number, staked = false): number {
        const { bytesPerSecond } = this.#rateOf(staked);
        if (!Number.isFinite(bytesPerSecond)) return 0;
        const bucket = this.#bucket(peer, staked);
        bucket.bytes -= bytes;
        return bucket.bytes >= 0 ? 0 : (-bucket.bytes / bytesPerSecond) * 1000;
    }

    /** Takes bytes only if they can be had at once; whether they were. */
    tryTake(peer: string, bytes: number): boolean {
        const bucket = this.#bucket(peer, false);
        if (bucket.bytes < bytes) return false;
        bucket.bytes -= bytes;
        return true;
    }

    #bucket(peer: string, staked: boolean): Bucket {
        const { bytesPerSecond, burstBytes } = this.#rateOf(staked);
        const now = this.#now();
        const bucket = this.#buckets.get(peer) ?? { bytes: burstBytes, at: now };
        this.#buckets.delete(peer);
        this.#buckets.set(peer, bucket);
        const earned = ((now - bucket.at) * bytesPerSecond) / 1000;
        bucket.bytes = Math.min(burstBytes, bucket.bytes + earned);
        bucket.at = now;
        const [oldest] = this.#buckets.keys();
        if (this.#buckets.size > MAX_PEERS && oldest !== undefined) this.#buckets.delete(oldest);
        return bucket;
    }
}
