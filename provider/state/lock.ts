import { Address } from '@ton/core';
import { openEnvironment } from './environment';

/** The right to be the only process that works on something. */
export interface StateLock {
    /** May be called again. */
    close(): Promise<void>;
}

const NOBODY = new Address(0, Buffer.alloc(32));

/**
 * Takes a folder for this process, as `openState` takes that of a state; nothing is kept in it.
 *
 * @throws StateInUseError, StateDamagedError, StateUnwritableError
 */
export function openLock(folder: string): Promise<StateLock> {
    return openEnvironment({ folder, stake: NOBODY, market: NOBODY, version: 1, tables: [] });
}
