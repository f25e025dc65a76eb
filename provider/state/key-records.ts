import * as z from 'zod';
import type { HashHex } from '../../protocol';
import { instant } from './codecs';
import type { Table } from './table';

export const keyRecordSchema = z.object({
    /** The content key as it came, sealed for this node, base64: the key itself is never written. */
    envelope: z.base64(),
    /** When it came. */
    at: instant,
    /** A job of this node needs it. */
    used: z.boolean(),
});

export type KeyRecord = z.output<typeof keyRecordSchema>;

/** Keys of sealed jobs, by the hash of the key. */
export interface KeyRecords {
    get(keyHash: HashHex): KeyRecord | undefined;
    put(keyHash: HashHex, record: KeyRecord): void;
    /** Forgets those that came before, whether they are in use or not. */
    prune(before: { readonly used: number; readonly unused: number }): void;
}

/** Keys that no job needs yet; anybody can bring some. */
const MAX_UNUSED = 1024;

export function createKeyRecords(
    table: Table<HashHex, KeyRecord>,
    atomically: <T>(work: () => T) => T,
): KeyRecords {
    return {
        get: (keyHash) => table.get(keyHash),
        put: (keyHash, record) => {
            atomically(() => {
                table.put(keyHash, record);
                if (record.used) return;
                const unused = [...table.entries()].filter(({ value }) => !value.used);
                const over = unused.length - MAX_UNUSED;
                if (over <= 0) return;
                unused.sort((a, b) => a.value.at - b.value.at);
                for (const { key } of unused.slice(0, over)) table.remove(key);
            });
        },
        prune: (before) => {
            for (const { key, value } of [...table.entries()]) {
                if (value.at < (value.used ? before.used : before.unused)) table.remove(key);
            }
        },
    };
}
