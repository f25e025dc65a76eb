import { MAX_ITEM_BYTES } from '../protocol';

/** What one model may use on this machine. All of it is enforced by the parent process. */
export interface RuntimeLimits {
    /** Wall time that one item may take, milliseconds. A child past it is killed. */
    readonly itemTimeoutMs: number;
    /** Wall time from the start of a child to a loaded session, milliseconds. */
    readonly loadTimeoutMs: number;
    /** Resident memory of one child, bytes; the loaded model counts. */
    readonly maxMemoryBytes: number;
    /** Encoded output of one item, bytes; the format allows `MAX_ITEM_BYTES`. */
    readonly maxOutputBytes: number;
    /**
     * How often an item may be running while its child dies or outgrows its memory before that
     * counts against the item: children also die for reasons of their neighbours.
     */
    readonly attempts: number;
}

export const DEFAULT_LIMITS: RuntimeLimits = {
    itemTimeoutMs: 60_000,
    loadTimeoutMs: 120_000,
    maxMemoryBytes: 4 * 1024 ** 3,
    maxOutputBytes: MAX_ITEM_BYTES,
    attempts: 2,
};
