import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Reading } from './reading';

interface Schema extends DBSchema {
    readings: { key: string; value: Reading };
}

/** Where readings are kept, with their pictures; all tabs of the origin share it. */
export interface ReadingStore {
    put(reading: Reading): Promise<void>;
    get(id: string): Promise<Reading | undefined>;
    /** The newest first. */
    list(): Promise<Reading[]>;
    remove(id: string): Promise<void>;
    /** Tells when a tab, this one too, has changed something. */
    subscribe(listener: () => void): () => void;
}

/** Its methods throw what IndexedDB throws, such as a `QuotaExceededError`. */
export function openReadingStore(name = 'cocoon-readings'): ReadingStore {
    let opened: Promise<IDBPDatabase<Schema>> | undefined;
    const database = () =>
        (opened ??= openDB<Schema>(name, 1, {
            upgrade: (fresh) => void fresh.createObjectStore('readings', { keyPath: 'id' }),
            terminated: () => void (opened = undefined),
        }));
    const listeners = new Set<() => void>();
    const channel = new BroadcastChannel(name);
    const tell = () => {
        for (const listener of listeners) listener();
    };
    channel.onmessage = tell;
    const changed = () => {
        channel.postMessage('changed');
        tell();
    };
    return {
        async put(reading) {
            await (await database()).put('readings', reading);
            changed();
        },
        async get(id) {
            return (await database()).get('readings', id);
        },
        async list() {
            const readings = await (await database()).getAll('readings');
            return readings.sort((a, b) => b.createdAt - a.createdAt);
        },
        async remove(id) {
            await (await database()).delete('readings', id);
            changed();
        },
        subscribe(listener) {
            listeners.add(listener);
            return () => void listeners.delete(listener);
        },
    };
}
