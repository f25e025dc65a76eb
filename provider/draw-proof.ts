import {
    type CallOptions,
    type Chain,
    seedHash,
    transactionsAfter,
    type TransactionCursor,
} from '../sdk';
import { drawOf, type JobView, readAcceptance } from '../wrappers';
import type { JobName } from './events';

export interface DrawProofRequest extends JobName, CallOptions {
    readonly job: JobView;
    /** The root that this node signed. */
    readonly root: bigint;
    /** Where to start in the history of the Escrow. */
    readonly since: TransactionCursor | undefined;
}

/**
 * Whether the draw of a job follows from what nobody can invent: the seed that the client fixed
 * with the terms and revealed with its acceptance, the root, and the provider's own seed. Where the
 * client was silent the chain itself gave the draw, which this cannot tell.
 *
 * @throws what the chain throws
 */
export async function isDrawProven(chain: Chain, request: DrawProofRequest): Promise<boolean> {
    const { escrow, jobId, job, root, since, signal } = request;
    if (!('draw' in job) || !job.accepted || job.commit.root !== root) return false;
    const { providerSeed } = job.commit;
    const { last } = await chain.account(escrow, { signal });
    if (last === undefined) return false;
    const transactions = await transactionsAfter(chain, escrow, since, last, { signal });
    return transactions.some((transaction) => {
        const acceptance = readAcceptance(transaction);
        if (acceptance?.jobId !== jobId) return false;
        const { seed: clientSeed } = acceptance;
        if (seedHash(clientSeed) !== job.terms.seedHash) return false;
        return drawOf({ clientSeed, root, providerSeed, escrow, jobId }) === job.draw;
    });
}
