import type { Address, Sender } from '@ton/core';
import { hashToBigInt } from '../protocol';
import {
    type Deployment,
    encodeRule,
    Escrow,
    exitCodeOf,
    type JobTerms,
    Market,
    readClosings,
    readEscrowNote,
    readPost,
} from '../wrappers';
import { transactionsAfter, watchAccount } from './account-history';
import type { CallOptions, Chain, TransactionCursor } from './chain';
import { PostRefusedError, PostTimeoutError } from './errors';
import type { JobEstimate } from './estimate-job';
import { readJobHistory } from './job-history';
import { sendFromSurplus } from './post-signed';
import type { JobSealing } from './job-sealing';
import type { PreparedJob } from './prepare-job';
import { randomSeed, seedHash } from './seed';
import type { JobTicket } from './ticket';
import { withTimeout } from './transfer';

export interface PostJobRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** The client's wallet; may be left out where `postingKey` is given. */
    readonly sender?: Sender | undefined;
    /**
     * The secret key, 64 bytes, that the client has authorised with `depositSurplus`: the job is
     * posted from the surplus of the Escrow, without any wallet.
     */
    readonly postingKey?: Uint8Array | undefined;
    readonly job: Pick<
        PreparedJob,
        'specHash' | 'model' | 'inputHashes' | 'comparison' | 'contentKey'
    >;
    readonly estimate: JobEstimate;
    /** A bid at or under it wins at once, nanoGRAM; 0, which none is, unless set. */
    readonly takePrice?: bigint;
    /** Seconds for bids; the market sets the most. */
    readonly bidWindowSeconds: number;
    /** Seconds from the award to the committed result; the market sets the most. */
    readonly commitWindowSeconds: number;
    /** Basis points; the client may pay for more checks than the node's record asks for. */
    readonly checkRate?: number;
    /**
     * Pay the node also when a check ends without a finding, as where no verifier comes; true unless
     * set. Nodes may refuse jobs that do not.
     */
    readonly payUnverified?: boolean;
    /** Leave in the Escrow what is left when the job ends, for later jobs; false unless set. */
    readonly keep?: boolean;
    /** The client's secret, or how it follows from the job's id; a random one unless set. */
    readonly seed?: bigint | JobSealing['seedOf'] | undefined;
    /** How long to wait for the chain, milliseconds; 60,000 unless set. */
    readonly timeoutMs?: number;
    /**
     * Called with the ticket before anything is sent, and awaited: whoever keeps it can go on
     * later, whenever this process ends.
     */
    readonly onTicket?: ((ticket: JobTicket) => void | Promise<void>) | undefined;
    /**
     * The ticket of an earlier call for the same job whose fate is unknown: the job is posted
     * under the same id and seed. An Escrow takes an id once, so if the first message arrives
     * after all, one of the two is sent back and nothing is paid twice.
     */
    readonly ticket?: JobTicket | undefined;
}

/**
 * Posts a job and waits until its Escrow holds it.
 *
 * @throws PostRefusedError, PostTimeoutError, what the sender throws, what `connect` throws;
 * SurplusError where a posting key cannot post
 */
export async function postJob(request: PostJobRequest): Promise<JobTicket> {
    const { chain, job, estimate, signal, timeoutMs = 60_000 } = request;
    const seed = request.ticket?.seed ?? seedFor(request);
    const terms: JobTerms = {
        spec: hashToBigInt(job.specHash),
        model: hashToBigInt(job.model),
        seedHash: seedHash(seed),
        items: job.inputHashes.length,
        takePrice: request.takePrice ?? 0n,
        bidWindowSeconds: request.bidWindowSeconds,
        commitWindowSeconds: request.commitWindowSeconds,
        checkRate: request.checkRate ?? 0,
        payUnverified: request.payUnverified ?? true,
        keep: request.keep ?? false,
        rule: encodeRule(job.comparison),
    };
    const { sender, postingKey, deployment } = request;
    if (postingKey === undefined) checkSender(request);
    const [escrow, listings] = await Promise.all([
        chain.account(estimate.escrow, { signal }),
        chain.account(deployment.market, { signal }),
    ]);
    const ticket: JobTicket = request.ticket ?? {
        escrow: estimate.escrow,
        jobId: estimate.jobId,
        seed,
        since: escrow.last,
        ...(job.contentKey && { contentKey: job.contentKey }),
    };
    const { jobId } = ticket;
    if (!ticket.escrow.equals(estimate.escrow)) {
        throw new RangeError('The ticket is for another Escrow than the estimate.');
    }
    if (request.ticket !== undefined && (await isPosted(chain, ticket, { signal }))) return ticket;
    await request.onTicket?.(ticket);
    signal?.throwIfAborted();
    if (postingKey !== undefined) {
        await sendFromSurplus({ chain, estimate, jobId, terms, postingKey, signal });
    } else if (sender !== undefined) {
        const { ceiling, assurance, index, open, parametersTag } = estimate;
        const posting = { index, jobId, ceiling, assurance, open, parametersTag, terms };
        const market = chain.open(Market.fromAddress(deployment.market), { signal });
        await market.sendPost(sender, estimate.value, posting);
    }

    const limit = withTimeout(signal, timeoutMs);
    try {
        const client = postingKey === undefined ? sender?.address : undefined;
        await posted({ ...request, signal: limit }, client, ticket, listings.last);
    } catch (error) {
        if (limit.aborted && !signal?.aborted) throw new PostTimeoutError(jobId, timeoutMs);
        throw error;
    }
    return ticket;
}

function seedFor({ seed, estimate }: PostJobRequest): bigint {
    if (typeof seed === 'function') return seed(estimate.escrow, estimate.jobId);
    return seed ?? randomSeed();
}

function checkSender({ sender, deployment, estimate }: PostJobRequest): void {
    const client = sender?.address;
    if (client === undefined) throw new RangeError('A job needs a sender or a posting key.');
    if (Escrow.ofClient(deployment, client, estimate.index).address.equals(estimate.escrow)) return;
    throw new RangeError('The estimate is for another wallet than that of the sender.');
}

/**
 * Whether the Escrow has taken the job of a ticket; another one may have come under its id.
 *
 * @throws PostRefusedError when another one has, so that this one never can; what `connect` throws
 */
async function isPosted(chain: Chain, ticket: JobTicket, call: CallOptions): Promise<boolean> {
    const { terms } = await readJobHistory({ chain, ...ticket, ...call });
    if (terms === undefined) return false;
    if (terms.seedHash === seedHash(ticket.seed)) return true;
    throw new PostRefusedError(ticket.jobId, undefined);
}

/** Looks at the Escrow this often before it asks the Market whether that refused. */
const LOOKS_BEFORE_DOUBT = 8;

/**
 * Waits until the Escrow has taken the job.
 *
 * @param client - whose posting the Market may refuse; undefined for one that goes around it
 */
async function posted(
    { chain, deployment, signal }: PostJobRequest,
    client: Address | undefined,
    ticket: JobTicket,
    before: TransactionCursor | undefined,
): Promise<void> {
    const { escrow, jobId, seed, since } = ticket;
    let looks = 0;
    for await (const news of watchAccount(chain, escrow, { after: since, signal })) {
        for (const transaction of news.transactions) {
            const note = readEscrowNote(transaction);
            if (note?.kind !== 'posted' || note.jobId !== jobId) continue;
            const refused = readClosings(transaction).some((end) => end.outcome === 'refused');
            const taken = exitCodeOf(transaction) === 0 && !refused;
            if (taken && note.terms.seedHash === seedHash(seed)) return;
            if (await isPosted(chain, ticket, { signal })) return;
            throw new PostRefusedError(jobId, undefined);
        }
        if (client === undefined || ++looks % LOOKS_BEFORE_DOUBT !== 0) continue;
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
