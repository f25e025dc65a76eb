import { existsSync } from 'node:fs';
import { openState } from '../../provider';
import { isAtStake, openVerifierState } from '../../verifier';
import type { Home } from '../config';
import { SetupError } from './errors';
import { checksFolder, readOtherSetups, readSetup, type Setup, stateFolder } from './setup';

/** The setups of a home beside one of them. */
export async function setupsBeside(home: Home, { stake }: Setup): Promise<readonly Setup[]> {
    const present = await readSetup(home);
    const all = [...(present === undefined ? [] : [present]), ...(await readOtherSetups(home))];
    return all.filter((one) => !one.stake.equals(stake));
}

/** What a node that does not run has begun: jobs with a bid or a root, and bonds with Escrows. */
export interface Begun {
    readonly jobs: number;
    readonly checks: number;
}

/**
 * Makes sure that no other stake of a home has begun something: a home runs one node at a time, and
 * a job that is not delivered costs its lock, a check that is not answered the stake.
 *
 * @throws SetupError `OTHER_STAKE_BUSY`
 */
export async function assertOthersIdle(home: Home, setup: Setup): Promise<void> {
    for (const other of await setupsBeside(home, setup)) {
        const { jobs, checks } = await begunBy(home, other);
        if (jobs + checks === 0) continue;
        const { network, market, stake } = other;
        const where = `--network ${network} --market ${market.toString()}`;
        throw new SetupError(
            'OTHER_STAKE_BUSY',
            `The stake ${stake.toString()} of the Market ${market.toString()} has ${jobs} jobs and ` +
                `${checks} checks that have not ended.`,
            `Pause it and run "cocoon-provider start ${where}" until they have, or run this one from ` +
                'another home beside it. --leave-others starts all the same, and may cost that stake.',
        );
    }
}

/** What the node of one stake has begun; it must not run, since its journal is opened. */
export async function begunBy(
    home: Home,
    { stake, market }: Pick<Setup, 'stake' | 'market'>,
): Promise<Begun> {
    const jobs = await read(stateFolder(home, stake), async (folder) => {
        const state = await openState({ folder, stake, market });
        try {
            return state.jobs.open().filter(({ bids, result }) => bids > 0 || result).length;
        } finally {
            await state.close();
        }
    });
    const checks = await read(checksFolder(home, stake), async (folder) => {
        const state = await openVerifierState({ folder, stake, market });
        try {
            return state.checks.open().filter(({ claims }) => claims.some(isAtStake)).length;
        } finally {
            await state.close();
        }
    });
    return { jobs, checks };
}

async function read(folder: string, count: (folder: string) => Promise<number>): Promise<number> {
    return existsSync(folder) ? count(folder) : 0;
}
