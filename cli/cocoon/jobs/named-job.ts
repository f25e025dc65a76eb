import { Address } from '@ton/core';
import type { Home } from '../../config';
import { UsageError } from '../../terminal';
import { readSteps, readSubmission, submissionIds, type StoredSubmission } from './submission';

/** What a user names: a job of this home, or any job on the chain. */
export type NamedJob =
    | { readonly kind: 'own'; readonly submission: StoredSubmission }
    | { readonly kind: 'chain'; readonly escrow: Address; readonly jobId: number };

/**
 * Reads `7`, the id of a job in this home, or `<escrow>:<job id>`.
 *
 * @throws UsageError, JobUnknownError, JobRecordError
 */
export function namedJob(home: Home, text: string): NamedJob {
    if (/^\d{1,9}$/.test(text)) return { kind: 'own', submission: readSubmission(home, text) };
    const [, escrowText = '', jobId = ''] = /^(.+):(\d{1,10})$/.exec(text) ?? [];
    const escrow = addressOf(escrowText);
    if (escrow === undefined) {
        throw new UsageError(
            `${JSON.stringify(text)} names no job.`,
            'Give its number in this home, such as 7, or <escrow>:<job id>.',
        );
    }
    for (const id of submissionIds(home)) {
        const submission = readSubmission(home, id);
        const ours = readSteps(submission).some(
            (step) =>
                step.state !== 'planned' &&
                step.jobId === Number(jobId) &&
                Address.parse(step.escrow).equals(escrow),
        );
        if (ours) return { kind: 'own', submission };
    }
    return { kind: 'chain', escrow, jobId: Number(jobId) };
}

function addressOf(text: string): Address | undefined {
    try {
        return Address.parse(text);
    } catch {
        return undefined;
    }
}
