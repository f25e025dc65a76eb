import type { Address } from '@ton/core';
import { bytesToUtf8, type Hash, type JobSpec, sealedLength } from '../protocol';
import type { JobCommit } from '../wrappers';
import type { CallOptions } from './chain';
import {
    ResultRefusedError,
    ResultsUnavailableError,
    TransferRefusedError,
} from './delivery-errors';
import { fetchBlob } from './blobs';
import type { OutputOpener } from './job-sealing';
import { keptBlob, keepBlob, type OutputStore } from './output-store';
import {
    BLOBS_PATH,
    endpointUrl,
    MAX_RESULT_DOCUMENT_BYTES,
    type OutputBatch,
    parseResultDocument,
    type ResultDocument,
    resultsPath,
} from './result-document';
import { ResultLeaves } from './result-leaves';
import { retry, type RetryPolicy } from './retry';
import { download, type Fetch } from './transfer';
import { verifyLeaves } from './verify-results';

export interface OpenResultsRequest extends CallOptions {
    /** URL of the winner's node; see `Stake.getEndpointUrl`. */
    readonly endpoint: string;
    readonly escrow: Address;
    readonly jobId: number;
    /** Limits what is read. */
    readonly spec: Pick<JobSpec, 'limits'> & Partial<Pick<JobSpec, 'privacy'>>;
    /** Of a sealed job. */
    readonly contentKey?: Uint8Array | undefined;
    /** Hash of each encoded input, in order. */
    readonly inputHashes: readonly Hash[];
    /** From the chain. */
    readonly commit: Pick<JobCommit, 'root' | 'faulty'>;
    /** What is there is not downloaded. */
    readonly store?: OutputStore | undefined;
    readonly fetch?: Fetch | undefined;
    /** Longest silence of the node, milliseconds; 30,000 unless set. */
    readonly timeoutMs?: number | undefined;
    /** How often the node is asked again for one thing; 4 times in all unless set. */
    readonly retry?: Partial<RetryPolicy> | undefined;
}

/** Proved results whose outputs are still to be fetched. */
export interface OpenedResults {
    readonly endpoint: string;
    /** The hash of every output, and where it is. */
    readonly leaves: ResultLeaves;
    /** Batches of small outputs, not believed. */
    readonly batches: readonly OutputBatch[];
    /** Most that one output may have, bytes. */
    readonly maxOutputBytes: number;
    /** Bytes that were downloaded. */
    readonly bytes: number;
    /** Opens the outputs of a sealed job, which leaves and batches hold as they are, sealed. */
    readonly open?: OutputOpener | undefined;
}

export const RETRY: RetryPolicy = { attempts: 4, firstDelayMs: 100, maxDelayMs: 2_000 };

/** What seals is loaded for sealed jobs alone. */
async function openerOf(request: OpenResultsRequest): Promise<OutputOpener | undefined> {
    if (request.spec.privacy?.mode !== 'sealed') return undefined;
    const { outputOpener } = await import('./job-sealing.js');
    return outputOpener(request);
}

/**
 * Fetches what a node says of the results of a committed job, and proves it against the chain:
 * the hash of each output is then known for certain, and no output was fetched yet.
 *
 * @throws ResultRefusedError where the node serves something else, ResultsUnavailableError where it
 * serves nothing, ResultsSealedError, SealError without the key of a sealed job, the reason of the
 * signal
 */
export async function openResults(request: OpenResultsRequest): Promise<OpenedResults> {
    const { endpoint, inputHashes, spec } = request;
    const open = await openerOf(request);
    let bytes = 0;
    const document = await available(request, async () => {
        const json = await fetchDocument(request);
        bytes += json.length;
        return readDocument(json);
    });
    if (document.count !== inputHashes.length) {
        const detail = `${document.count} outcomes for ${inputHashes.length} items.`;
        throw new ResultRefusedError('count', detail);
    }
    const encoded = await available(request, async () => {
        const kept = await keptBlob(request.store, document.leaves.sha256);
        if (kept !== undefined) return kept;
        const fetched = await fetchLeaves(request, document);
        bytes += fetched.length;
        return fetched;
    });
    const leaves = ResultLeaves.of(encoded);
    await verifyLeaves({ ...request, leaves });
    await keepBlob(request.store, document.leaves.sha256, encoded);
    const { batches } = document;
    const { outputBytesPerItem } = spec.limits;
    const maxOutputBytes =
        open === undefined ? outputBytesPerItem : sealedLength(outputBytesPerItem);
    return { endpoint, leaves, batches, maxOutputBytes, bytes, open };
}

/** Tries a few times, since nodes restart and networks fail. */
async function available<T>(request: OpenResultsRequest, work: () => Promise<T>): Promise<T> {
    const { endpoint, signal } = request;
    const mayPass = (error: unknown) =>
        !(error instanceof ResultRefusedError || isFinalRefusal(error));
    try {
        return await retry(work, mayPass, { ...RETRY, ...request.retry }, signal);
    } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof ResultRefusedError
            ? error
            : new ResultsUnavailableError(endpoint, error);
    }
}

/** Whether a source answered that it will not give it, so that asking at once again is no use. */
export function isFinalRefusal(error: unknown): boolean {
    if (!(error instanceof TransferRefusedError)) return false;
    return error.status >= 400 && error.status < 500 && ![408, 425, 429].includes(error.status);
}

function fetchDocument(request: OpenResultsRequest): Promise<Uint8Array> {
    const { endpoint, escrow, jobId } = request;
    const url = endpointUrl(endpoint, resultsPath(escrow, jobId));
    return download(url, { ...request, maxBytes: MAX_RESULT_DOCUMENT_BYTES }, () => {
        return new ResultRefusedError('malformed', 'the document is too large.');
    });
}

function readDocument(json: Uint8Array): ResultDocument {
    try {
        return parseResultDocument(JSON.parse(bytesToUtf8(json)));
    } catch (cause) {
        throw new ResultRefusedError('malformed', 'the document cannot be read.', cause);
    }
}

function fetchLeaves(request: OpenResultsRequest, { leaves }: ResultDocument) {
    const stores = [endpointUrl(request.endpoint, BLOBS_PATH)];
    return fetchBlob(leaves.sha256, stores, { ...request, maxBytes: leaves.bytes });
}
