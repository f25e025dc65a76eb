import type { Preferences } from './keys';
import type { Observation } from './observation';

/**
 * Since the last input of anybody whose input counts, milliseconds. Where the desk cannot be seen,
 * terminals count whether the owner wants them to or not: they are all that tells.
 *
 * @returns undefined where nothing tells
 */
export function idleMsOf(
    { idle }: Pick<Preferences, 'idle'>,
    { deskIdleMs, terminalIdleMs }: Pick<Observation, 'deskIdleMs' | 'terminalIdleMs'>,
): number | undefined {
    if (deskIdleMs === undefined) return terminalIdleMs;
    return idle.terminals ? Math.min(deskIdleMs, terminalIdleMs ?? Infinity) : deskIdleMs;
}
