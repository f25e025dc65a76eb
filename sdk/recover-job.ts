import type { Address } from '@ton/core';
import {
    comparisonRuleOf,
    contentKeyHash,
    type Hash,
    hashFromBigInt,
    hashToHex,
    inputsRoot,
    isCocoonError,
    itemHash,
    iterateBatch,
    type JobSpec,
    MAX_JOB_SPEC_BYTES,
    MAX_MANIFEST_BYTES,
    parseJobSpec,
    parseManifest,
    sha256,
} from '../protocol';
import type { Deployment } from '../wrappers';
import { type Fetch, fetchBlob } from './blobs';
import type { CallOptions, Chain } from './chain';
import { discoverNodes } from './discover-nodes';
import { findEndpoints } from './find-endpoints';
import { type CommittedResult, readJobHistory } from './job-history';
import { sealingOf } from './job-sealing';
import type { PreparedJob } from './prepare-job';
import { BLOBS_PATH, endpointUrl } from './result-document';
import { JobNotRecoveredError } from './sealing-errors';
import { seedHash } from './seed';
import type { JobTicket } from './ticket';
import { readOpenJob } from './open-job';

export interface RecoverJobRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    readonly escrow: Address;
    readonly jobId: number;
    /** What the job was sealed with; see `createSealing`. */
    readonly secret: Uint8Array;
    /** Base URLs of blob stores that may have spec and inputs, beside the nodes. */
    readonly stores?: readonly string[] | undefined;
    readonly fetch?: Fetch | undefined;
}

/** What `resumeJob` needs. */
export interface RecoveredJob {
    readonly ticket: JobTicket;
    readonly job: PreparedJob;
}

/**
 * Finds everything about a sealed job again that its client needs, on a machine that has nothing
 * but the client's secret: the terms from the chain, the spec and the sealed inputs from the winner
 * or whoever else has them, content key and seed from the secret and the salt in the spec.
 *
 * @throws JobNotRecoveredError, what `connect` throws, the reason of the signal
 */
export async function recoverJob(request: RecoverJobRequest): Promise<RecoveredJob> {
    const { chain, escrow, jobId, secret, signal } = request;
    const { terms, commit } = await readJobHistory({ chain, escrow, jobId, signal });
    if (terms === undefined) {
        throw new JobNotRecoveredError('JOB_NOT_POSTED', jobId, 'its Escrow never held it.');
    }
    const stores = await storesOf(request, commit);
    const specHash = hashToHex(hashFromBigInt(terms.spec));
    const specBytes = await fetched(request, 'SPEC_NOT_FOUND', () =>
        fetchBlob(specHash, stores, { ...request, maxBytes: MAX_JOB_SPEC_BYTES }),
    );
    const spec = parseJobSpec(specBytes);
    const { privacy } = spec;
    const notOurs = (detail: string) => new JobNotRecoveredError('NOT_THE_CLIENT', jobId, detail);
    if (privacy.mode !== 'sealed') {
        throw notOurs('it is public, and its secrets were on the machine that posted it alone.');
    }
    const { contentKey, seedOf } = sealingOf(secret, privacy.salt, privacy.handover);
    const seed = seedOf(escrow, jobId);
    if (contentKeyHash(contentKey) !== privacy.keyHash || seedHash(seed) !== terms.seedHash) {
        throw notOurs('this secret is not the one that it was sealed with.');
    }
    const manifestBytes = await fetched(request, 'INPUTS_NOT_FOUND', () =>
        fetchBlob(spec.model, stores, { ...request, maxBytes: MAX_MANIFEST_BYTES }),
    );
    const batches = await batchesOf(request, spec, stores);
    const job: PreparedJob = {
        ...{ spec, specBytes, contentKey },
        specHash: sha256(specBytes),
        model: sha256(manifestBytes),
        comparison: comparisonRuleOf(spec, parseManifest(manifestBytes)),
        inputHashes: hashesOf(request, spec, batches),
        blobs: [manifestBytes, ...batches],
    };
    return { ticket: { escrow, jobId, seed, since: undefined, contentKey }, job };
}

/** Blob stores, the winner's first: it serves what its job is made of as long as its results. */
async function storesOf(
    { chain, deployment, escrow, jobId, stores = [], signal }: RecoverJobRequest,
    commit: CommittedResult | undefined,
): Promise<string[]> {
    const { job } = await readOpenJob(chain, { escrow, jobId }, { signal });
    const bidder = job !== undefined && 'bid' in job ? job.bid?.stake : undefined;
    const stakes = [commit?.stake, bidder].filter((stake) => stake !== undefined);
    const winners = await findEndpoints({ chain, stakes, signal });
    const others = await discoverNodes({ chain, deployment, signal });
    const endpoints = [...winners, ...others.map(({ endpoint }) => endpoint)];
    return [...new Set([...endpoints.map((one) => endpointUrl(one, BLOBS_PATH)), ...stores])];
}

async function batchesOf(
    request: RecoverJobRequest,
    { inputs, sources }: JobSpec,
    stores: readonly string[],
): Promise<Uint8Array[]> {
    const batches: Uint8Array[] = [];
    for (const { sha256: name, bytes: maxBytes } of inputs.batches) {
        const all = [...stores, ...sources];
        const fetchOne = () => fetchBlob(name, all, { ...request, maxBytes });
        batches.push(await fetched(request, 'INPUTS_NOT_FOUND', fetchOne));
    }
    return batches;
}

function hashesOf(
    { jobId }: RecoverJobRequest,
    { inputs }: JobSpec,
    batches: readonly Uint8Array[],
): Hash[] {
    const hashes = batches.flatMap((batch) => [...iterateBatch(batch)].map(itemHash));
    if (hashToHex(inputsRoot(hashes)) === inputs.root) return hashes;
    const detail = 'its inputs have another root than its spec.';
    throw new JobNotRecoveredError('INPUTS_NOT_FOUND', jobId, detail);
}

async function fetched(
    { jobId, signal }: RecoverJobRequest,
    code: JobNotRecoveredError['code'],
    work: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
    try {
        return await work();
    } catch (error) {
        signal?.throwIfAborted();
        if (!isCocoonError(error)) throw error;
        throw new JobNotRecoveredError(code, jobId, error.message, error);
    }
}
