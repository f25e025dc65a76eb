import { MAX_ITEM_BYTES } from '../protocol';

/** What one model may use on this machine. */
export interface RuntimeLimits {
    /** Wall time that one item may take, milliseconds. A child past it is killed. */
    readonly itemTimeoutMs: number;
    /**
     * Processor time of all threads of a child that one item may take, milliseconds. A session has
     * one thread, so that an item within its wall time is within it too, unless something else
     * works in its child.
     */
    readonly itemCpuMs: number;
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
    itemCpuMs: 90_000,
    loadTimeoutMs: 120_000,
    maxMemoryBytes: 4 * 1024 ** 3,
    maxOutputBytes: MAX_ITEM_BYTES,
    attempts: 2,
};

/** Beside the model's thread those of Node.js have something to do now and then. */
const CPU_OF_WALL = 1.5;

/**
 * @param limits those that somebody set
 * @param threads of a session
 */
export function completeLimits(limits: Partial<RuntimeLimits>, threads: number): RuntimeLimits {
    const complete = { ...DEFAULT_LIMITS, ...limits };
    const itemCpuMs = limits.itemCpuMs ?? complete.itemTimeoutMs * CPU_OF_WALL * threads;
    return { ...complete, itemCpuMs };
}
