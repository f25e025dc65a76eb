import type { Logger } from 'pino';
import { AT_STAKE_DELAY_MS, backOff } from './guarded-chain';
import { StateUnwritableError } from './state';

/**
 * Does something again until what it writes down is on disk: nothing is given up because a disk is
 * full.
 *
 * @throws the reason of the signal, and what `work` throws beside `StateUnwritableError`
 */
export async function whenWritable<T>(
    work: () => T | Promise<T>,
    about: { readonly job: string; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<T> {
    const { job, logger, signal } = about;
    for (let attempt = 1; ; attempt++) {
        try {
            return await work();
        } catch (error) {
            signal.throwIfAborted();
            if (!(error instanceof StateUnwritableError)) throw error;
            logger.error({ job, attempt, err: error }, 'the state cannot be written');
            await backOff(attempt, signal, AT_STAKE_DELAY_MS);
        }
    }
}
