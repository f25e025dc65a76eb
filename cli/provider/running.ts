import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openState } from '../../provider';
import { openLock, type StateLock } from '../../provider/state';
import type { Home } from '../config';
import { readSetup, stateFolder } from './setup';

function lockFolder(home: Home): string {
    return join(home.provider.folder, 'running');
}

/**
 * Makes this process the only node of a home. Its stakes share a node key and the store of blobs:
 * two nodes would answer under one name in the network, and drop blobs that the other one needs.
 *
 * @throws StateInUseError
 */
export function lockHome(home: Home): Promise<StateLock> {
    return openLock(lockFolder(home));
}

/** @throws StateInUseError where a node of a home runs, also one of a version without that lock */
export async function assertNotRunning(home: Home): Promise<void> {
    if (existsSync(lockFolder(home))) await (await lockHome(home)).close();
    const setup = await readSetup(home).catch(() => undefined);
    if (setup === undefined) return;
    const { stake, market } = setup;
    const folder = stateFolder(home, stake);
    if (existsSync(folder)) await (await openState({ folder, stake, market })).close();
}
