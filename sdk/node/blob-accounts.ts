import type { HashHex } from '../../protocol';

/** A file of a store: one blob that is named by its hash, or a pack with several. */
export interface BlobFile {
    /** In the folder of the store. */
    readonly name: string;
    /** Bytes on disk. */
    size: number;
    readonly blobs: Set<HashHex>;
    /** Where it is written down what lies where in a pack. */
    index?: FileIndex;
}

/** A file that tells what lies where in packs; it goes with the last of them. */
export interface FileIndex {
    readonly name: string;
    readonly packs: Set<BlobFile>;
}

/** Where the bytes of a blob are. */
export interface BlobPlace {
    readonly file: BlobFile;
    readonly offset: number;
    readonly length: number;
}

/** Which blobs a store holds, how large their files are, and which of these may go. */
export class BlobAccounts {
    readonly #places = new Map<HashHex, BlobPlace>();
    /** Files that may be dropped, the least recently used first: no blob in them is pinned. */
    readonly #loose = new Set<BlobFile>();
    readonly #pins = new Map<HashHex, number>();
    /** Bytes of files, and of room that is kept for those on their way. */
    usedBytes = 0;

    has(sha256: HashHex): boolean {
        return this.#places.has(sha256);
    }

    place(sha256: HashHex): BlobPlace | undefined {
        return this.#places.get(sha256);
    }

    /** Files that may be dropped, the least recently used first. */
    get loose(): Iterable<BlobFile> {
        return this.#loose;
    }

    /** A blob is here that was nowhere, in a file whose room was kept. */
    add(sha256: HashHex, place: BlobPlace): void {
        this.#places.set(sha256, place);
        place.file.blobs.add(sha256);
        this.#sort(place.file);
    }

    /** A file goes, with all that is in it. */
    drop(file: BlobFile): void {
        this.usedBytes -= file.size;
        for (const sha256 of file.blobs) this.#places.delete(sha256);
        this.#loose.delete(file);
    }

    /** A blob is not held any more; its file stays. */
    forget(sha256: HashHex): void {
        const file = this.#places.get(sha256)?.file;
        if (file === undefined) return;
        this.#places.delete(sha256);
        file.blobs.delete(sha256);
        this.#sort(file);
    }

    /** A blob is used. */
    touch(sha256: HashHex): void {
        const file = this.#places.get(sha256)?.file;
        if (file !== undefined && this.#loose.delete(file)) this.#loose.add(file);
    }

    pin(sha256: HashHex): void {
        this.#pins.set(sha256, (this.#pins.get(sha256) ?? 0) + 1);
        const file = this.#places.get(sha256)?.file;
        if (file !== undefined) this.#loose.delete(file);
    }

    unpin(sha256: HashHex): void {
        const left = (this.#pins.get(sha256) ?? 0) - 1;
        if (left > 0) return void this.#pins.set(sha256, left);
        this.#pins.delete(sha256);
        const file = this.#places.get(sha256)?.file;
        if (file !== undefined) this.#sort(file);
    }

    #sort(file: BlobFile): void {
        for (const sha256 of file.blobs) {
            if (this.#pins.has(sha256)) return void this.#loose.delete(file);
        }
        this.#loose.add(file);
    }
}
