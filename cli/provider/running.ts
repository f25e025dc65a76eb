import { existsSync } from 'node:fs';
import { openState } from '../../provider';
import type { Home } from '../config';
import { type Setup, stateFolder } from './setup';

/** @throws StateInUseError where the node of a home runs */
export async function assertNotRunning(home: Home, setup: Setup): Promise<void> {
    const folder = stateFolder(home, setup.stake);
    if (!existsSync(folder)) return;
    const { stake, market } = setup;
    await (await openState({ folder, stake, market })).close();
}
