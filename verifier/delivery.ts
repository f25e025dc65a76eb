import { sealedLength } from '../protocol';
import type { JobOpeners } from '../provider/sealed-items';
import type { CheckContext } from './check-context';
import { blobStoreOf, type CommittedLeaf, fetchOutput, fetchProof } from './committed-leaf';
import type { CheckedJob } from './eligibility';
import type { CheckDocuments, CheckedItem } from './materials';
import { obtainLeaf, type ObtainLeafOptions } from './missing-data';
import type { Duty } from './state';

/** Left of a window for a message to reach the chain, seconds. */
export const MESSAGE_SECONDS = 3;
/** Longest silence of a node that is asked once, milliseconds. */
const AT_ONCE_MS = 10_000;

/** Which leaf, and what is known of it. */
export interface LeafAbout {
    readonly duty: Duty;
    readonly index: number;
    readonly documents: CheckDocuments;
    readonly item: CheckedItem;
    /** Of a sealed job. */
    readonly seals: JobOpeners | undefined;
}

/**
 * The committed leaf of a job before its phase ends; undefined once it may be called missing.
 * What was tried is written down with the claim.
 */
export function committedLeaf(
    context: CheckContext,
    job: CheckedJob,
    about: LeafAbout,
): Promise<CommittedLeaf | undefined> {
    const { parts, signal } = context;
    const { duty, documents } = about;
    return obtainLeaf({
        chain: parts.chain,
        fetch: parts.fetch,
        signal,
        stake: job.bid.stake,
        stores: documents.spec.sources,
        leaf: leafRequest(context, job, about),
        windowEnd: job.phaseEnd - MESSAGE_SECONDS,
        before: context.claimOf(duty)?.attempts ?? [],
        onAttempt: (attempts) => {
            context.noteClaim(duty, { attempts: [...attempts] });
            const last = attempts.at(-1);
            if (last === undefined) return;
            context.tell({ kind: 'leaf-missing', duty, detail: `${last.source}: ${last.said}` });
        },
    });
}

/**
 * The committed leaf from the provider's node, if it gives it at once. What it does not give says
 * nothing yet.
 *
 * @throws LeafUnavailableError, what the chain throws, the reason of the signal
 */
export async function leafAtOnce(
    context: CheckContext,
    job: CheckedJob,
    about: LeafAbout,
): Promise<CommittedLeaf | undefined> {
    const { parts, signal } = context;
    const endpoint = await context.endpointOf(job.bid.stake);
    if (endpoint === undefined) return undefined;
    const request = {
        ...leafRequest(context, job, about),
        fetch: parts.fetch,
        timeoutMs: AT_ONCE_MS,
        signal,
    };
    return fetchOutput(await fetchProof(endpoint, request), [blobStoreOf(endpoint)], request);
}

function leafRequest(
    { target }: CheckContext,
    job: CheckedJob,
    { index, documents, item, seals }: LeafAbout,
): ObtainLeafOptions['leaf'] {
    const { outputBytesPerItem } = documents.spec.limits;
    return {
        escrow: target.escrow,
        jobId: target.jobId,
        index,
        size: job.terms.items,
        root: job.commit.root,
        inputHash: item.hash,
        maxOutputBytes: seals === undefined ? outputBytesPerItem : sealedLength(outputBytesPerItem),
        open: seals?.outputs.open,
    };
}
