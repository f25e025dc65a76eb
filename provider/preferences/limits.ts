import type { Preferences } from './keys';
import type { MemoryUse } from './observation';

/**
 * What models may take together, bytes: the owner's part of all memory, and never more than what
 * they have and what others leave.
 */
export function memoryLimit(
    { inUsePercent, idlePercent }: Preferences['memory'],
    memory: MemoryUse | undefined,
    inUse: boolean | undefined,
): number | undefined {
    if (memory === undefined) return undefined;
    const { totalBytes, availableBytes, ownBytes } = memory;
    // Where nothing tells, somebody may be there.
    const percent = inUse === false ? idlePercent : inUsePercent;
    return Math.min((totalBytes * percent) / 100, ownBytes + availableBytes);
}
