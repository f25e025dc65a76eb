import { statfsSync } from 'node:fs';
import type { Database, Key, RangeOptions } from 'lmdb';
import * as z from 'zod';
import { StateDamagedError, StateUnwritableError } from './errors';

/** One kind of records, which stand in the order of their keys. */
export interface Table<K extends Key, T> {
    /** @throws StateDamagedError when what stands there cannot be read */
    get(key: K): T | undefined;
    /** Writes as the transaction around it, or as one of its own that is on disk on return. */
    put(key: K, value: T): void;
    remove(key: K): void;
    /** Lazy: what is written while it is read may or may not be seen. */
    entries(range?: RangeOptions): Iterable<{ readonly key: K; readonly value: T }>;
    readonly size: number;
}

/** EIO, which a write that was cut short gives too, EFBIG, ENOSPC, EDQUOT, and a full map of LMDB. */
const UNWRITABLE: ReadonlySet<unknown> = new Set([5, 27, 28, 122, -30792]);

/** What a write wants to find on the disk, bytes: a commit takes some dozens of pages at most. */
const ROOM_BYTES = 256 * 1024;

/**
 * A disk that is full is not left to LMDB to find: a write that fails half-way damages its memory
 * now and then, which ends the process.
 *
 * @throws StateUnwritableError where a write finds no room
 */
export function writing<T>(folder: string, write: () => T): T {
    if (isFull(folder)) throw new StateUnwritableError(folder, new Error('The disk is full.'));
    try {
        return write();
    } catch (error) {
        // By its code alone: native code makes errors of its own realm.
        if (!UNWRITABLE.has((error as { readonly code?: unknown }).code)) throw error;
        throw new StateUnwritableError(folder, error as Error);
    }
}

function isFull(folder: string): boolean {
    try {
        const { bavail, bsize } = statfsSync(folder);
        return bavail * bsize < ROOM_BYTES;
    } catch {
        // Whoever writes is told what is wrong there.
        return false;
    }
}

/** A table with one schema for what is written and for what is read. */
export function createTable<K extends Key, S extends z.ZodType>(
    db: Database<unknown, K>,
    schema: S,
    { name, folder }: { readonly name: string; readonly folder: string },
): Table<K, z.output<S>> {
    const decode = (key: K, stored: unknown): z.output<S> => {
        const read = z.safeDecode(schema, stored as z.input<S>);
        if (read.success) return read.data;
        const at = Array.isArray(key) ? key.join(' ') : String(key);
        throw new StateDamagedError(folder, `"${at}" of ${name} is malformed.`, read.error);
    };
    const readable = <R>(read: () => R): R => {
        try {
            return read();
        } catch (cause) {
            throw new StateDamagedError(folder, `The table ${name} cannot be read.`, cause);
        }
    };
    return {
        get(key) {
            const stored = readable(() => db.get(key));
            return stored === undefined ? undefined : decode(key, stored);
        },
        put: (key, value) => {
            const encoded = z.encode(schema, value);
            writing(folder, () => db.putSync(key, encoded));
        },
        remove: (key) => void writing(folder, () => db.removeSync(key)),
        *entries(range = {}) {
            for (const { key, value } of db.getRange(range)) {
                yield { key, value: decode(key, value) };
            }
        },
        get size() {
            return db.getKeysCount();
        },
    };
}

/** A table that is not there, for reading. */
export function emptyTable<K extends Key, T>(): Table<K, T> {
    const nothing = () => {
        throw new TypeError('There is no such table.');
    };
    return { get: () => undefined, put: nothing, remove: nothing, entries: () => [], size: 0 };
}
