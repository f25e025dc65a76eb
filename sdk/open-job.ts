import type { Address } from '@ton/core';
import { openJobIn, type JobView } from '../wrappers';
import type { AccountSnapshot, CallOptions, Chain } from './chain';
import { AccountDataError } from './errors';

/** A job by its Escrow and its id there. */
export interface JobAddress {
    readonly escrow: Address;
    readonly jobId: number;
}

/**
 * An open job as a look at its Escrow shows it: from the data that came with the look, so without
 * another request, and of the very state that the look is about.
 *
 * @returns undefined where no job of that id is open
 * @throws AccountDataError for data that no Escrow has
 */
export function openJobOf(account: AccountSnapshot, jobId: number): JobView | undefined {
    try {
        const { data, chainTime } = account;
        return data === undefined ? undefined : openJobIn(data, jobId, chainTime);
    } catch (error) {
        throw new AccountDataError(`job ${jobId}`, error);
    }
}

/**
 * Looks at an Escrow for one of its jobs.
 *
 * @throws AccountDataError, what `connect` throws
 */
export async function readOpenJob(
    chain: Chain,
    { escrow, jobId }: JobAddress,
    options: CallOptions = {},
): Promise<{ readonly job: JobView | undefined; readonly chainTime: number }> {
    const account = await chain.account(escrow, options);
    return { job: openJobOf(account, jobId), chainTime: account.chainTime };
}
