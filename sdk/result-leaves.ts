import { type Hash, HASH_BYTES, type ItemErrorCode, itemErrorName } from '../protocol';

/*
 * The blob of a job's leaves: one record of 36 bytes for each item, in the order of the items and
 * with nothing between, all numbers most significant byte first:
 *
 *      4  place: 0 for an item without a result,
 *                1 for an output that is a blob of its own, named by the hash below,
 *                n + 2 for an output in batch n of the result document
 *     32  a result: SHA-256 of the encoded output item
 *         no result: its error code in 2 bytes, then 30 zero bytes
 *
 * Outcome and hash are what the leaf of the result tree commits to; the place is the node's word,
 * and wrong ones only make outputs unavailable. Records have one size, so that a million items are
 * 36 MB and any of them is read without the others.
 */

export const LEAF_RECORD_BYTES = 4 + HASH_BYTES;

const NO_RESULT = 0;
const OWN_BLOB = 1;
const FIRST_BATCH = 2;
/** No error has this code: the item has no outcome yet. */
const NO_CODE = 0;

/** Where an output is. */
export type OutputLocation = { readonly kind: 'blob' } | { readonly kind: 'batch'; batch: number };

/** What the leaf of one item says. */
export type LeafRecord =
    | { readonly kind: 'result'; readonly hash: Hash; readonly location: OutputLocation }
    | { readonly kind: 'error'; readonly code: ItemErrorCode };

/** The leaves of a job, as they travel. */
export class ResultLeaves {
    readonly count: number;
    readonly #view: DataView;

    private constructor(
        /** The encoded records; do not change them. */
        readonly bytes: Uint8Array,
    ) {
        this.count = bytes.length / LEAF_RECORD_BYTES;
        this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }

    /** Leaves without an outcome, to be filled in any order. */
    static empty(count: number): ResultLeaves {
        return new ResultLeaves(new Uint8Array(count * LEAF_RECORD_BYTES));
    }

    /**
     * Leaves of any origin, over the given bytes. Each record is checked when it is read.
     *
     * @throws RangeError where the length is not that of whole records
     */
    static of(bytes: Uint8Array): ResultLeaves {
        if (bytes.length % LEAF_RECORD_BYTES !== 0) throw new RangeError('A record is cut off.');
        return new ResultLeaves(bytes);
    }

    setResult(index: number, hash: Uint8Array, location: OutputLocation): void {
        const at = index * LEAF_RECORD_BYTES;
        const place = location.kind === 'blob' ? OWN_BLOB : FIRST_BATCH + location.batch;
        this.#view.setUint32(at, place);
        this.bytes.set(hash, at + 4);
    }

    setError(index: number, code: ItemErrorCode): void {
        const at = index * LEAF_RECORD_BYTES;
        this.#view.setUint32(at, NO_RESULT);
        this.#view.setUint16(at + 4, code);
    }

    /** Whether the item has its outcome. */
    has(index: number): boolean {
        const at = index * LEAF_RECORD_BYTES;
        return this.#view.getUint32(at) !== NO_RESULT || this.#view.getUint16(at + 4) !== NO_CODE;
    }

    /**
     * The record of one item; its hash is a view.
     *
     * @throws RangeError for a record that breaks the format
     */
    at(index: number): LeafRecord {
        const at = index * LEAF_RECORD_BYTES;
        const place = this.#view.getUint32(at);
        const hash = this.bytes.subarray(at + 4, at + LEAF_RECORD_BYTES) as Hash;
        if (place === OWN_BLOB) return { kind: 'result', hash, location: { kind: 'blob' } };
        if (place !== NO_RESULT) {
            const batch = place - FIRST_BATCH;
            return { kind: 'result', hash, location: { kind: 'batch', batch } };
        }
        const code = this.#view.getUint16(at + 4);
        if (itemErrorName(code) === undefined || hash.subarray(2).some((byte) => byte !== 0)) {
            throw new RangeError(`The record of item ${index} is neither a result nor an error.`);
        }
        return { kind: 'error', code: code as ItemErrorCode };
    }
}
