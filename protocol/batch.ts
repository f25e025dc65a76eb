import { concatBytes } from './bytes';
import { ItemError } from './errors';
import { entryHead, readEntries } from './framing';
import { MAX_BATCH_BYTES, MAX_JOB_ITEMS } from './limits';

/*
 * Many small items travel as one blob: the protobuf message
 *
 *     message Batch { repeated bytes items = 1; }
 *
 * of encoded items in the order of the job.
 */

/** Limits that a reader of batches may set lower. */
export interface BatchLimits {
    /** Items in the batch; 1,000,000 unless set. */
    readonly maxItems?: number;
    /** Bytes of the whole batch; 256 MiB unless set. */
    readonly maxBytes?: number;
}

/**
 * Joins encoded items to one blob.
 *
 * @throws ItemError `BATCH_TOO_LARGE` over the limits of the format.
 */
export function encodeBatch(items: readonly Uint8Array[]): Uint8Array {
    if (items.length > MAX_JOB_ITEMS) throw tooLarge(`${MAX_JOB_ITEMS} items`);
    const parts = items.flatMap((item) => [entryHead(item.length), item]);
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    if (size > MAX_BATCH_BYTES) throw tooLarge(`${MAX_BATCH_BYTES} bytes`);
    return concatBytes(parts);
}

/**
 * Encoded items of a batch, one after another, as views of the given bytes. What is malformed is
 * found only when the iteration reaches it.
 *
 * @throws ItemError `BATCH_MALFORMED`, `BATCH_TOO_LARGE`.
 */
export function* iterateBatch(
    bytes: Uint8Array,
    limits: BatchLimits = {},
): Generator<Uint8Array, void> {
    const { maxItems = MAX_JOB_ITEMS, maxBytes = MAX_BATCH_BYTES } = limits;
    if (bytes.length > maxBytes) throw tooLarge(`${maxBytes} bytes`);
    let count = 0;
    for (const item of readEntries(bytes)) {
        if (item === undefined) {
            throw new ItemError('BATCH_MALFORMED', 'The bytes are not a batch of items.', {
                hint: 'Make batches with encodeBatch.',
            });
        }
        if (++count > maxItems) throw tooLarge(`${maxItems} items`);
        yield item;
    }
}

/**
 * All encoded items of a batch as views of the given bytes; none of them is decoded yet.
 *
 * @throws ItemError `BATCH_MALFORMED`, `BATCH_TOO_LARGE`.
 */
export function decodeBatch(bytes: Uint8Array, limits: BatchLimits = {}): Uint8Array[] {
    return [...iterateBatch(bytes, limits)];
}

function tooLarge(limit: string): ItemError {
    return new ItemError('BATCH_TOO_LARGE', `A batch has at most ${limit}.`, {
        hint: 'Spread the items over several batches.',
    });
}
