import type { Item } from '../../../protocol';

/** nanoGRAM; a node's own messages for a job cost a third of it, whatever the work is. */
const BASE_NANO = 20_000_000n;
/** nanoGRAM for a million input numbers; both models take under two seconds of a core for them. */
const NANO_PER_MEGA_ELEMENT = 2_000_000n;
/** Ceilings are shown to people, who like round numbers; nanoGRAM. */
const STEP_NANO = 1_000_000n;

/**
 * What a job may cost unless the user says otherwise, nanoGRAM. A bid at or under half of it wins at
 * once, and only the winning bid is paid.
 */
export function ceilingFor(items: readonly Item[]): bigint {
    let elements = 0;
    for (const item of items) {
        for (const { dims } of item.values())
            elements += dims.reduce((all, one) => all * Number(one), 1);
    }
    const work = (BigInt(elements) * NANO_PER_MEGA_ELEMENT) / 1_000_000n;
    return ((BASE_NANO + work + STEP_NANO - 1n) / STEP_NANO) * STEP_NANO;
}
