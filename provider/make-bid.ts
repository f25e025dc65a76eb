import { EndpointsDisagreeError, readOpenJob, type TransactionCursor } from '../sdk';
import { hashFromBigInt, hashToHex } from '../protocol';
import { checkFee, jobCommitment } from '../wrappers';
import { biddingFacts, confirmJob, termsHash } from './cross-check';
import type { BiddingJob } from './decide-bid';
import { ActionRefusedError, PassError } from './errors';
import type { JobContext } from './job-context';
import { MAX_BIDS } from './job-keys';
import { bytesPerItem } from './job-materials';
import { stakeReason } from './outcomes/reasons';
import { MESSAGE_MS, prepareBid } from './prepare-bid';
import type { Place } from './room';

export interface MakeBidOptions {
    readonly job: BiddingJob;
    /** When that was so, UNIX seconds of the chain. */
    readonly now: number;
    readonly place: Place;
    /** What the Escrow did up to here is no news of the bid. */
    readonly after: TransactionCursor | undefined;
    /** Told before the bid is signed, which may win from then on. */
    readonly onSigning: () => void;
}

/**
 * Looks at a job and bids for it; returns once the Stake has sent the bid on.
 *
 * @throws PassError where the node does not bid; as `NodeActions.send`
 */
export async function makeBid(context: JobContext, options: MakeBidOptions): Promise<void> {
    const { parts, target, key, materials, signal } = context;
    const { job, now, place, after, onSigning } = options;
    const { jobKeys, state } = parts;
    const { escrow, jobId } = target;
    if (context.known.bids >= MAX_BIDS) {
        throw new PassError(
            { code: 'bids-used-up', bids: MAX_BIDS },
            `This node has bid ${MAX_BIDS} times for the job.`,
        );
    }
    // It may have waited since it was listed.
    assertWished(context);
    const bid = await prepareBid({
        ...parts,
        escrow,
        key,
        job,
        now,
        place,
        materials,
        signal,
        onDocuments: ({ spec, manifest: { name, licence } }) => {
            // A job that has waited is looked at again.
            if (context.facts.model === undefined) {
                context.tell({
                    kind: 'described',
                    spec: hashToHex(hashFromBigInt(job.terms.spec)),
                    model: spec.model,
                    name,
                    licence,
                    items: spec.inputs.count,
                    bytesPerItem: bytesPerItem(spec),
                });
            }
            parts.governor?.checkMemory(spec.limits.memoryBytes);
        },
    });
    await confirmBid(context, job);
    try {
        assertWished(context);
        // Another look may have ended with a bid meanwhile.
        place.take();
    } catch (error) {
        parts.capacity.drop(key);
        throw error;
    }
    const { price, lock, rank } = bid;
    const fee = checkFee(job.parameters, price, job.terms.items);
    const record = context.known;
    const commitment = jobCommitment(jobKeys.keyOf(escrow, jobId, record.bids));
    const { protocolFee } = job.parameters;
    const since = record.since ?? after ?? { lt: 0n, hash: '' };
    const terms = termsHash(job);
    const facts = { since, terms, items: job.terms.items, protocolFee };
    state.jobs.put({ ...record, ...facts, bids: record.bids + 1 });
    const gas = await parts.messageFees();
    context.tell({ kind: 'bidding', price, lock, rank, checkFee: fee, gas });
    onSigning();
    try {
        const { lockUntil } = bid;
        const action = { kind: 'bid', jobId, price, lock, lockUntil, commitment } as const;
        await context.act(action, () => assertOpen(context));
    } catch (error) {
        if (!(error instanceof ActionRefusedError)) throw error;
        throw new PassError(stakeReason(error.exitCode), error.message, error);
    }
    context.tell({ kind: 'bid', price });
}

/**
 * The owner may have changed their mind, or sat down, meanwhile.
 *
 * @throws PassError
 */
function assertWished({ parts }: JobContext): void {
    parts.governor?.checkBid();
    const problem = parts.obstacle();
    if (problem !== undefined) throw problem;
}

/** @throws PassError where the job was won, or is over, while other messages went before the bid */
async function assertOpen({ parts, target, key, signal }: JobContext): Promise<void> {
    const { job, chainTime } = await readOpenJob(parts.chain, target, { signal });
    const leftMs = job?.state === 'bidding' ? (job.biddingEnd - chainTime) * 1000 : 0;
    if (leftMs > MESSAGE_MS) return;
    parts.capacity.drop(key);
    const detail = 'The time for bids was over before the messages of this node were sent.';
    throw new PassError('too-late', detail);
}

/** @throws PassError where endpoints contradict each other about what the bid rests on */
async function confirmBid({ parts, target, signal }: JobContext, job: BiddingJob): Promise<void> {
    const { chain, onDisagree } = parts;
    const facts = biddingFacts;
    try {
        await confirmJob({ ...target, chain, job, facts, onDisagree, signal });
    } catch (error) {
        if (!(error instanceof EndpointsDisagreeError)) throw error;
        throw new PassError('endpoints-disagree', error.message, error);
    }
}
