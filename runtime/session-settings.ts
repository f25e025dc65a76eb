/** How far ONNX Runtime rewrites a graph before it executes it; see `graphOptimizationLevel`. */
export const OPTIMISATIONS = ['disabled', 'basic', 'extended', 'all'] as const;

export type Optimisation = (typeof OPTIMISATIONS)[number];

/**
 * What of a session changes how its results are rounded. Nodes use `NODE_SETTINGS` alone; others are
 * there to measure how far apart honest results may be. No option of a client ever gets here.
 */
export interface SessionSettings {
    /** Threads inside of an operator; WebAssembly has one. */
    readonly threads: number;
    readonly optimisation: Optimisation;
}

/** The settings of every job, and of every check of one. */
export const NODE_SETTINGS: SessionSettings = { threads: 1, optimisation: 'all' };

const MAX_THREADS = 64;

/** @throws RangeError for settings that an engine would take for others without a word */
export function checkSettings(
    { threads, optimisation }: SessionSettings,
    maxThreads?: number,
): void {
    const most = maxThreads ?? MAX_THREADS;
    if (!Number.isSafeInteger(threads) || threads < 1 || threads > most) {
        throw new RangeError(`A session has 1 to ${most} threads, not ${threads}.`);
    }
    if (!OPTIMISATIONS.includes(optimisation)) {
        throw new RangeError(`There is no optimisation level ${JSON.stringify(optimisation)}.`);
    }
}
