import type { Address } from '@ton/core';
import { type CallOptions, type Chain, EndpointsDisagreeError, readOpenJob } from '../sdk';
import {
    drawnLeaf,
    isSealSigned,
    type JobView,
    type SealedOpening,
    signSealedOpening,
} from '../wrappers';
import { confirmJob, sealFacts } from './cross-check';
import { EndpointLiesError, SealRefusedError } from './errors';
import type { JobContext } from './job-context';
import { keptSketch, ResultLostError } from './opening';
import { jobKey, type KeptSeal } from './state';

/** What a verifier has sealed, with its signature over the Seal that it would post. */
export interface GivenSeal {
    readonly seal: bigint;
    readonly signature: Uint8Array;
}

/** Opens the sketches of drawn results for the verifiers that have sealed theirs off chain. */
export interface SealDesk {
    /**
     * This node's opening for a seal of the verifier whose turn it is. Of one turn, only the first
     * seal is answered, after a restart too: a verifier that could give another would have seen the
     * sketch before. May be asked again with the same seal.
     *
     * @throws SealRefusedError; what the chain throws
     */
    openFor(
        escrow: Address,
        jobId: number,
        given: GivenSeal,
        call?: CallOptions,
    ): Promise<SealedOpening>;
}

export interface SealDeskOptions {
    readonly chain: Chain;
    /** The job that this node works on, or serves until its end. */
    readonly find: (escrow: Address, jobId: number) => JobContext | undefined;
    readonly now: () => number;
}

/**
 * Seconds from the end of claims on in which nothing is opened: shards are not of one time, and what
 * was opened for one claim would tell a better one that still comes.
 */
const CLAIM_GRACE_SECONDS = 5;
/** The most of the window of seals that this may take. */
const CLAIM_GRACE_SHARE = 0.1;
/** A job is read once in so long, however many ask about it, milliseconds. */
const FRESH_MS = 500;
const MAX_READ = 256;

type Look = Awaited<ReturnType<typeof readOpenJob>>;
type SealingJob = Extract<JobView, { readonly state: 'checking' }>;

export function createSealDesk({ chain, find, now }: SealDeskOptions): SealDesk {
    const looks = new Map<string, { readonly at: number; readonly look: Promise<Look> }>();

    const lookAt = (escrow: Address, jobId: number, call: CallOptions): Promise<Look> => {
        const key = jobKey(escrow, jobId);
        const known = looks.get(key);
        if (known !== undefined && now() - known.at < FRESH_MS) return known.look;
        const look = readOpenJob(chain, { escrow, jobId }, call);
        looks.delete(key);
        looks.set(key, { at: now(), look });
        look.catch(() => looks.delete(key));
        for (const oldest of looks.keys()) {
            if (looks.size <= MAX_READ) break;
            looks.delete(oldest);
        }
        return look;
    };

    return {
        async openFor(escrow, jobId, given, call = {}) {
            const context = find(escrow, jobId);
            if (context === undefined) {
                throw new SealRefusedError('unknown', 'This node does no such job.');
            }
            const job = sealingNow(context, await lookAt(escrow, jobId, call));
            const seal = keptSealOf(escrow, jobId, job, given);
            if (isNew(context, seal)) await confirmSealing(context, job);
            const sketch = await sketchOf(context, job);
            const key = context.parts.jobKeys.findCommitted(escrow, jobId, job.commit.providerSeed);
            if (key === undefined) throw new SealRefusedError('unknown', 'The commit is another.');
            const { round } = job;
            // Others may have asked meanwhile. On disk before it is signed.
            if (isNew(context, seal)) {
                context.keepSeal(seal);
                const leaf = drawnLeaf(job.draw, job.terms.items);
                context.tell({ kind: 'opened-to-verifier', leaf, round });
            }
            return signSealedOpening(escrow, { jobId, round, sketch, seal: seal.seal }, key);
        },
    };
}

/** @throws SealRefusedError unless it is the time of this job's seal */
function sealingNow(context: JobContext, { job, chainTime }: Look): SealingJob {
    const mine =
        job !== undefined && 'bid' in job && job.bid?.stake.equals(context.parts.stake) === true;
    if (!mine) throw new SealRefusedError('unknown', 'This node does no such job.');
    if (job.state !== 'checking') throw new SealRefusedError('over', `The job is ${job.state}.`);
    const { sealWindow } = job.parameters.verification;
    const grace = Math.min(CLAIM_GRACE_SECONDS, Math.floor(sealWindow * CLAIM_GRACE_SHARE));
    const early = job.phase === 'claim' && chainTime < job.phaseEnd;
    if (early || (job.phase === 'seal' && chainTime < job.phaseEnd - sealWindow + grace)) {
        throw new SealRefusedError('too-early', 'Claims have hardly ended; ask again.');
    }
    if (job.phase === 'seal' && chainTime < job.phaseEnd) return job;
    throw new SealRefusedError('over', 'It is not the time to seal.');
}

/** @throws SealRefusedError for a seal that is not of the verifier */
function keptSealOf(
    escrow: Address,
    jobId: number,
    { verifier, round }: SealingJob,
    { seal, signature }: GivenSeal,
): KeptSeal {
    if (verifier !== undefined) {
        const { ticket } = verifier;
        // Until something is sealed, the chain has the key there.
        const publicKey = Buffer.from(verifier.seal.toString(16).padStart(64, '0'), 'hex');
        if (isSealSigned(escrow, { jobId, ticket, seal }, signature, publicKey)) {
            return { round, ticket, seal, publicKey, signature: Buffer.from(signature) };
        }
    }
    throw new SealRefusedError('not-claimant', 'It is not signed by the key of the claim.');
}

/** @throws SealRefusedError where another seal of the claim was answered */
function isNew(context: JobContext, seal: KeptSeal): boolean {
    const known = context.sealOf(seal);
    if (known === undefined) return true;
    if (known.seal === seal.seal) return false;
    throw new SealRefusedError('other-seal', 'Another seal of this claim was answered before.');
}

/** Who opens for a draw or a claim that was invented has told its sketch to the wrong one. */
async function confirmSealing(context: JobContext, job: SealingJob): Promise<void> {
    const { parts, target, signal, record } = context;
    const { chain, onDisagree } = parts;
    const committed = record?.result?.root;
    if (committed !== undefined && BigInt(`0x${committed}`) !== job.commit.root) {
        throw new SealRefusedError('unsure', 'The chain tells another root than was committed.');
    }
    try {
        await confirmJob({ ...target, chain, job, facts: sealFacts, onDisagree, signal });
    } catch (error) {
        if (!(error instanceof EndpointsDisagreeError || error instanceof EndpointLiesError)) {
            throw error;
        }
        throw new SealRefusedError('unsure', 'Endpoints contradict each other about the check.');
    }
}

async function sketchOf(context: JobContext, job: SealingJob) {
    try {
        return await keptSketch(context, job);
    } catch (error) {
        if (!(error instanceof ResultLostError)) throw error;
        throw new SealRefusedError('unknown', 'The result is not here.');
    }
}
