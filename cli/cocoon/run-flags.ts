import type { RuntimeLimits } from '../../runtime';
import type { ConfigFlags } from '../config';

/** Flags for what a model may take on this machine. */
export interface LimitFlags {
    /** Milliseconds. */
    readonly timeout?: number;
    /** Bytes. */
    readonly maxMemory?: number;
}

/** Flags of `cocoon run`. */
export interface RunFlags extends ConfigFlags, LimitFlags {
    readonly input?: readonly string[];
    readonly output?: readonly string[];
    readonly expect?: readonly string[];
    readonly repeat: number;
    readonly angles?: true;
}

/** What a user allows a model to take. */
export function limitsOf({ timeout, maxMemory }: LimitFlags): Partial<RuntimeLimits> {
    return {
        ...(timeout !== undefined && { itemTimeoutMs: timeout }),
        ...(maxMemory !== undefined && { maxMemoryBytes: maxMemory }),
    };
}
