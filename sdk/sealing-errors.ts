import type { Address } from '@ton/core';
import { CocoonError } from '../protocol';

/** The results of a job are sealed, and its key is not here. */
export class ResultsSealedError extends CocoonError {
    override readonly name = 'ResultsSealedError';
    readonly code = 'RESULTS_SEALED';

    constructor(readonly jobId: number) {
        super(`The results of job ${jobId} are sealed, and its key is not here.`, {
            hint: 'Use the ticket of the job, or recover it with the secret of its client.',
        });
    }
}

/** A node did not take the key of a sealed job. */
export class KeyHandoverError extends CocoonError {
    override readonly name = 'KeyHandoverError';
    readonly code = 'KEY_NOT_HANDED_OVER';

    constructor(
        readonly stake: Address,
        readonly detail: string,
        cause?: unknown,
    ) {
        super(`The node of ${stake.toString()} did not take the key: ${detail}`, {
            hint: 'It is offered again until the time to give the job back is over.',
            cause,
        });
    }
}

/** What is needed to go on with a job cannot be found again from its client's secret. */
export class JobNotRecoveredError extends CocoonError {
    override readonly name = 'JobNotRecoveredError';

    constructor(
        readonly code: 'JOB_NOT_POSTED' | 'SPEC_NOT_FOUND' | 'INPUTS_NOT_FOUND' | 'NOT_THE_CLIENT',
        readonly jobId: number,
        detail: string,
        cause?: unknown,
    ) {
        super(`Job ${jobId} cannot be recovered: ${detail}`, {
            hint: 'Check the Escrow and the number, and use the wallet that posted the job.',
            cause,
        });
    }
}
