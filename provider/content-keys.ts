import { EventEmitter, once } from 'node:events';
import { type HashHex, openKeyEnvelope } from '../protocol';
import { untilAborted } from '../sdk';
import { createItemKeyTrees, type ProvedItemKey } from './item-key-trees';
import type { KeyRecords } from './state';

/** The keys of sealed jobs that clients gave to this node. On disk each stays sealed for it. */
export interface ContentKeys {
    /**
     * Takes a key that was sealed for this node.
     *
     * @throws SealError for what is not a key with this hash, sealed for this node
     */
    take(keyHash: HashHex, envelope: Uint8Array): Promise<void>;
    has(keyHash: HashHex): boolean;
    /** The key; undefined where nobody has given it. From now on it is kept with its job. */
    get(keyHash: HashHex): Promise<Uint8Array | undefined>;
    /**
     * The key, as soon as somebody gives it.
     *
     * @throws the reason of the signal
     */
    wait(keyHash: HashHex, signal: AbortSignal): Promise<Uint8Array>;
    /** What a spec has to commit to the keys of so many items with, by a content key. */
    itemsRoot(keyHash: HashHex, contentKey: Uint8Array, items: number): Promise<HashHex>;
    /** The key of one item, with its proof; undefined where the content key is not here. */
    itemKey(keyHash: HashHex, items: number, index: number): Promise<ProvedItemKey | undefined>;
}

export interface ContentKeysOptions {
    readonly records: KeyRecords;
    /** The node key as @ton/crypto holds it. */
    readonly nodeKey: Uint8Array;
    readonly now: () => number;
}

export function createContentKeys({ records, nodeKey, now }: ContentKeysOptions): ContentKeys {
    /** Tells the hash of each key that comes. */
    const arrivals = new EventEmitter().setMaxListeners(0);
    const purpose = { kind: 'work' } as const;
    const trees = createItemKeyTrees();

    const get = async (keyHash: HashHex): Promise<Uint8Array | undefined> => {
        const record = records.get(keyHash);
        if (record === undefined) return undefined;
        const envelope = Buffer.from(record.envelope, 'base64');
        const key = await openKeyEnvelope(envelope, keyHash, nodeKey, purpose);
        if (!record.used) records.put(keyHash, { ...record, used: true });
        return key;
    };
    return {
        async take(keyHash, envelope) {
            await openKeyEnvelope(envelope, keyHash, nodeKey, purpose);
            if (!records.get(keyHash)) {
                const text = Buffer.from(envelope).toString('base64');
                records.put(keyHash, { envelope: text, at: now(), used: false });
            }
            arrivals.emit(keyHash);
        },
        has: (keyHash) => records.get(keyHash) !== undefined,
        get,
        async wait(keyHash, signal) {
            const left = new AbortController();
            const either = AbortSignal.any([signal, left.signal]);
            try {
                for (;;) {
                    // Listens first: it may come while the state is read.
                    const arrival = once(arrivals, keyHash, { signal: either });
                    arrival.catch(() => undefined);
                    const key = await get(keyHash);
                    if (key !== undefined) return key;
                    await untilAborted(arrival, signal);
                }
            } finally {
                left.abort();
            }
        },
        itemsRoot: (keyHash, contentKey, items) => trees.root({ keyHash, contentKey, items }),
        async itemKey(keyHash, items, index) {
            const contentKey = await get(keyHash);
            return contentKey && trees.prove({ keyHash, contentKey, items }, index);
        },
    };
}
