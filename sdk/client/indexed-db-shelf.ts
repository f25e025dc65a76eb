import type { DBSchema, IDBPDatabase } from 'idb';
import type { JobShelf, KeptJob } from './shelf';

interface Schema extends DBSchema {
    jobs: { key: string; value: KeptJob };
}

const VERSION = 1;

/**
 * A shelf that outlives the page: all tabs of an origin share it. It holds the secrets that accept
 * results, which only pages of the same origin can read.
 *
 * The methods throw what IndexedDB throws, such as a `QuotaExceededError` where the disk is full.
 *
 * @param name - of the database; `cocoon` unless set
 */
export function createIndexedDbShelf(name = 'cocoon'): JobShelf {
    let opened: Promise<IDBPDatabase<Schema>> | undefined;
    const open = async () => {
        const { openDB } = await import('idb');
        return openDB<Schema>(name, VERSION, {
            upgrade: (fresh) => void fresh.createObjectStore('jobs', { keyPath: 'id' }),
            // Another tab upgrades, or the browser has closed it: it is opened again when needed.
            blocking: (_current, _blocked, event: unknown) => {
                (event as { readonly target: { close(): void } }).target.close();
                opened = undefined;
            },
            terminated: () => void (opened = undefined),
        });
    };
    const database = () =>
        (opened ??= open().catch((error: unknown) => {
            opened = undefined;
            throw error;
        }));
    return {
        async put(job) {
            await (await database()).put('jobs', job);
        },
        async get(id) {
            return (await database()).get('jobs', id);
        },
        async list() {
            const jobs = await (await database()).getAll('jobs');
            return jobs.sort((a, b) => b.submittedAt - a.submittedAt);
        },
        async remove(id) {
            await (await database()).delete('jobs', id);
        },
    };
}
