import { mkdirSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type HashHex, isHashHex } from '../../protocol';
import { PeerBlobError } from '../errors';
import { type LeftBehind, readLeftBehind } from './partial-blob';

export interface PartialStoreOptions {
    /** Made if it is not there. On the file system that blobs shall be moved to. */
    readonly folder: string;
    /** All partial blobs together, as large as they shall become, bytes. */
    readonly maxBytes: number;
    /** Milliseconds since 1970. */
    readonly now: () => number;
}

/** The folder of blobs that are on their way, its quota and its garbage. */
export class PartialStore {
    readonly #options: PartialStoreOptions;
    readonly #folder: string;
    /** Bytes that running transfers will take. */
    readonly #active = new Map<HashHex, number>();

    constructor(options: PartialStoreOptions) {
        this.#options = options;
        this.#folder = resolve(options.folder);
        mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    }

    /** Path of a partial blob, without the endings of its two files. */
    base(sha256: HashHex): string {
        return join(this.#folder, sha256);
    }

    leftBehind(sha256: HashHex): Promise<LeftBehind | undefined> {
        return readLeftBehind(this.base(sha256));
    }

    /**
     * Keeps room for a transfer, before a byte of it is written: what is past its time goes, then
     * what no transfer works on, the oldest first.
     *
     * @throws PeerBlobError `PEER_BLOB_NO_ROOM`
     */
    async reserve(sha256: HashHex, size: number): Promise<void> {
        this.#active.set(sha256, size);
        const idle = await this.collect();
        let used = idle.reduce((sum, { bytes }) => sum + bytes, 0);
        for (const active of this.#active.values()) used += active;
        for (const { name, bytes } of idle.sort((a, b) => a.touchedMs - b.touchedMs)) {
            if (used <= this.#options.maxBytes) return;
            await this.#remove(name);
            used -= bytes;
        }
        if (used <= this.#options.maxBytes) return;
        this.#active.delete(sha256);
        const said = `There is no room for ${size} bytes more on their way.`;
        throw new PeerBlobError('PEER_BLOB_NO_ROOM', sha256, said);
    }

    /** A transfer has ended; what it left stays until its time is over. */
    release(sha256: HashHex): void {
        this.#active.delete(sha256);
    }

    /** Removes what is past its time, or makes no sense, and lists what else nobody works on. */
    async collect(): Promise<IdleBlob[]> {
        const idle: IdleBlob[] = [];
        for (const name of new Set(
            (await readdir(this.#folder)).map((file) => file.slice(0, 64)),
        )) {
            if (!isHashHex(name) || this.#active.has(name)) continue;
            const left = await this.leftBehind(name);
            const part = await stat(`${this.base(name)}.part`).catch(() => undefined);
            if (left === undefined || part === undefined || left.until < this.#options.now()) {
                await this.#remove(name);
                continue;
            }
            idle.push({ name, bytes: part.size, touchedMs: part.mtimeMs });
        }
        return idle;
    }

    async #remove(name: HashHex): Promise<void> {
        for (const ending of ['.tree', '.tree.new', '.part']) {
            await rm(`${this.base(name)}${ending}`, { force: true });
        }
    }
}

interface IdleBlob {
    readonly name: HashHex;
    readonly bytes: number;
    readonly touchedMs: number;
}
