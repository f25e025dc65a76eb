import type { HashHex } from '../../protocol';

/** Which blobs a store holds, how large they are, and which of them may go. */
export class BlobAccounts {
    readonly #sizes = new Map<HashHex, number>();
    /** Those that may be dropped, the least recently used first. */
    readonly #loose = new Set<HashHex>();
    readonly #pins = new Map<HashHex, number>();
    /** Bytes of blobs, and of room that is kept for those on their way. */
    usedBytes = 0;

    has(sha256: HashHex): boolean {
        return this.#sizes.has(sha256);
    }

    /** Those that may be dropped, the least recently used first. */
    get loose(): Iterable<HashHex> {
        return this.#loose;
    }

    /** A blob is here, whose room was kept. */
    add(sha256: HashHex, size: number): void {
        this.#sizes.set(sha256, size);
        if (!this.#pins.has(sha256)) this.#loose.add(sha256);
    }

    drop(sha256: HashHex): void {
        this.usedBytes -= this.#sizes.get(sha256) ?? 0;
        this.#sizes.delete(sha256);
        this.#loose.delete(sha256);
    }

    /** A blob is used. */
    touch(sha256: HashHex): void {
        if (this.#loose.delete(sha256)) this.#loose.add(sha256);
    }

    pin(sha256: HashHex): void {
        this.#pins.set(sha256, (this.#pins.get(sha256) ?? 0) + 1);
        this.#loose.delete(sha256);
    }

    unpin(sha256: HashHex): void {
        const left = (this.#pins.get(sha256) ?? 0) - 1;
        if (left > 0) return void this.#pins.set(sha256, left);
        this.#pins.delete(sha256);
        if (this.has(sha256)) this.#loose.add(sha256);
    }
}
