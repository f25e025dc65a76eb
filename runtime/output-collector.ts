/** Few, so that the next outputs come to lie where the last ones are still in the caches. */
const COLLECT_AFTER_BYTES = 4 * 1024 ** 2;

/** Frees the memory of outputs that were dealt with. */
export interface OutputCollector {
    /** An output of so many bytes was made, and most before it are not needed any more. */
    made(size: number): void;
}

/**
 * Outputs hold memory outside of the engine's heap, where they are but small young objects. Left
 * alone, the engine lets 64 MB of them pile up and then walks through its whole heap, which costs
 * up to 0.8 ms for each megabyte of output. To collect the young objects alone, now and then,
 * costs next to nothing.
 *
 * @param collect - the engine's own `gc`; without it nothing happens
 */
export function createOutputCollector(collect = globalThis.gc): OutputCollector {
    let bytes = 0;
    return {
        made(size) {
            bytes += size;
            if (bytes < COLLECT_AFTER_BYTES) return;
            bytes = 0;
            collect?.({ type: 'minor' });
        },
    };
}
