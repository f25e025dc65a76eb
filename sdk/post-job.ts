import type { Address, Sender } from '@ton/core';
import { hashToBigInt } from '../protocol';
import { type Deployment, Escrow, type JobTerms, Market } from '../wrappers';
import { transactionsAfter, watchAccount } from './account-history';
import type { CallOptions, Chain, TransactionCursor } from './chain';
import { exitCodeOf, readClosings, readEscrowNote, readPost } from '../wrappers';
import { PostRefusedError, PostTimeoutError } from './errors';
import type { JobEstimate } from './estimate-job';
import type { PreparedJob } from './prepare-job';
import { withTimeout } from './blobs';
import { randomSeed, seedHash } from './seed';

export interface PostJobRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    readonly sender: Sender;
    readonly job: Pick<PreparedJob, 'specHash' | 'model' | 'inputHashes'>;
    readonly estimate: JobEstimate;
    /** A bid at or under it wins at once, nanoGRAM; 0, which none is, unless set. */
    readonly takePrice?: bigint;
    /** Seconds for bids; the market sets the most. */
    readonly bidWindowSeconds: number;
    /** Seconds from the award to the committed result; the market sets the most. */
    readonly commitWindowSeconds: number;
    /** Basis points; the client may pay for more checks than the node's record asks for. */
    readonly checkRate?: number;
    /** The client's secret; a random one unless set. */
    readonly seed?: bigint;
    /** How long to wait for the chain, milliseconds; 60,000 unless set. */
    readonly timeoutMs?: number;
    /** Called with the ticket before anything is sent: whoever keeps it can go on later. */
    readonly onTicket?: (ticket: JobTicket) => void;
}

/**
 * What a client needs to follow and accept a job, also in another process. It holds the seed:
 * whoever has it can accept in the client's name.
 */
export interface JobTicket {
    readonly escrow: Address;
    readonly jobId: number;
    readonly seed: bigint;
    /** The Escrow's last transaction before the post. */
    readonly since: TransactionCursor | undefined;
}

/**
 * Posts a job and waits until its Escrow holds it.
 *
 * @throws PostRefusedError, PostTimeoutError, what the sender throws, what `connect` throws
 */
export async function postJob(request: PostJobRequest): Promise<JobTicket> {
    const { chain, job, estimate, signal, timeoutMs = 60_000 } = request;
    const seed = request.seed ?? randomSeed();
    const terms: JobTerms = {
        spec: hashToBigInt(job.specHash),
        model: hashToBigInt(job.model),
        seedHash: seedHash(seed),
        items: job.inputHashes.length,
        takePrice: request.takePrice ?? 0n,
        bidWindowSeconds: request.bidWindowSeconds,
        commitWindowSeconds: request.commitWindowSeconds,
        checkRate: request.checkRate ?? 0,
        payUnverified: false,
        rule: null,
    };
    const { sender, deployment } = request;
    const client = sender.address;
    if (client === undefined || !escrowOf(request, client).equals(estimate.escrow)) {
        throw new RangeError('The estimate is for another wallet than that of the sender.');
    }
    const market = Market.fromAddress(deployment.market);
    const [escrow, listings] = await Promise.all([
        chain.account(estimate.escrow, { signal }),
        chain.account(deployment.market, { signal }),
    ]);
    const { jobId } = estimate;
    const ticket = { escrow: estimate.escrow, jobId, seed, since: escrow.last };
    request.onTicket?.(ticket);
    const { ceiling, assurance, index, open, parametersTag } = estimate;
    const posting = { index, jobId, ceiling, assurance, open, parametersTag, terms };
    await chain.open(market, { signal }).sendPost(sender, estimate.value, posting);

    const limit = withTimeout(signal, timeoutMs);
    try {
        await posted({ ...request, signal: limit }, client, ticket, listings.last);
    } catch (error) {
        if (limit.aborted && !signal?.aborted) throw new PostTimeoutError(jobId, timeoutMs);
        throw error;
    }
    return ticket;
}

function escrowOf({ deployment, estimate }: PostJobRequest, client: Address): Address {
    return Escrow.ofClient(deployment, client, estimate.index).address;
}

/** Looks at the Escrow this often before it asks the Market whether that refused. */
const LOOKS_BEFORE_DOUBT = 8;

/** Waits until the Escrow has taken the job. */
async function posted(
    { chain, deployment, signal }: PostJobRequest,
    client: Address,
    { escrow, jobId, since }: JobTicket,
    before: TransactionCursor | undefined,
): Promise<void> {
    let looks = 0;
    for await (const news of watchAccount(chain, escrow, { after: since, signal })) {
        for (const transaction of news.transactions) {
            const note = readEscrowNote(transaction);
            if (note?.kind !== 'posted' || note.jobId !== jobId) continue;
            const refused = readClosings(transaction).some((end) => end.outcome === 'refused');
            if (exitCodeOf(transaction) === 0 && !refused) return;
            throw new PostRefusedError(jobId, undefined);
        }
        if (++looks % LOOKS_BEFORE_DOUBT !== 0) continue;
        const { last } = await chain.account(deployment.market, { signal });
        if (last === undefined) continue;
        const seen = await transactionsAfter(chain, deployment.market, before, last, { signal });
        for (const transaction of seen) {
            const note = readPost(transaction);
            if (note?.jobId !== jobId || !note.client.equals(client)) continue;
            const exitCode = exitCodeOf(transaction) ?? -1;
            if (exitCode !== 0) throw new PostRefusedError(jobId, exitCode);
        }
    }
}
