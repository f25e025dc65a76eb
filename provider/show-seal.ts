import { sealedWord } from '../wrappers';
import type { CheckedJob } from '../sdk';
import { ActionRefusedError } from './errors';
import { sendToEscrow } from './escrow-messages';
import type { JobContext } from './job-context';

type OpeningJob = Extract<CheckedJob, { readonly state: 'checking' }>;

/** Of the window to open, what is left for the opening itself where nobody takes the evidence. */
const OPENING_SHARE = 1 / 3;

/**
 * Where the verifier was answered for one seal and has another one on chain, it may have sealed what
 * it was told: shows the seal that it gave, which ends the round.
 *
 * @returns whether there is nothing to open in this round
 * @throws as `sendToEscrow`, but for a refusal
 */
export async function showContradiction(
    context: JobContext,
    job: OpeningJob,
    now: number,
): Promise<boolean> {
    const { parts, target, signal, key } = context;
    const { escrow, jobId } = target;
    const { round, verifier, phaseEnd } = job;
    const given = verifier && context.sealOf({ round, ticket: verifier.ticket });
    if (given === undefined || sealedWord(given.seal, given.publicKey) === verifier?.seal) {
        return false;
    }
    // Whoever does not open is convicted.
    if (now >= phaseEnd - job.parameters.verification.openWindow * OPENING_SHARE) return false;
    try {
        await sendToEscrow(
            parts.chain,
            {
                what: 'contradicted seal',
                ...{ escrow, jobId },
                send: (contract) =>
                    contract.sendEquivocated(
                        { jobId, seal: given.seal },
                        given.signature,
                        given.publicKey,
                    ),
                taken: (job) => job?.state !== 'checking' || job.round !== round,
            },
            { signal },
        );
        context.tell({ kind: 'contradicted', round });
        return true;
    } catch (error) {
        if (!(error instanceof ActionRefusedError)) throw error;
        // The chain holds the seal that was given, after all.
        parts.logger.warn({ job: key, err: error }, 'a contradicted seal was refused');
        return false;
    }
}
