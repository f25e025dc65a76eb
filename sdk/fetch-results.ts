import type { Address } from '@ton/core';
import { decodeBatch, type JobSpec } from '../protocol';
import { endpointUrl, BLOBS_PATH, parseResultDocument, resultsPath } from './result-document';
import type { ItemErrorCode } from '../protocol';
import { type Fetch, fetchBlob, readAtMost, withTimeout } from './blobs';
import { ResultRefusedError, ResultsUnavailableError } from './errors';
import { retry } from './retry';
import type { CallOptions } from './chain';

export interface FetchResultsRequest extends CallOptions {
    /** URL of the winner's node; see `Stake.getEndpointUrl`. */
    readonly endpoint: string;
    readonly escrow: Address;
    readonly jobId: number;
    /** Limits what is read. */
    readonly spec: Pick<JobSpec, 'inputs' | 'limits'>;
    readonly fetch?: Fetch | undefined;
}

/** What a node served: nothing of it is verified yet. */
export interface FetchedResults {
    /** Each item's encoded output, or the code of its error, in the order of the items. */
    readonly outcomes: readonly (Uint8Array | ItemErrorCode)[];
    /** Bytes that were read. */
    readonly bytes: number;
}

/** The whole document for a million items that all failed is smaller. */
const MAX_DOCUMENT_BYTES = 32 * 1024 ** 2;
const FRAME_BYTES = 6;
const RETRY = { attempts: 4, firstDelayMs: 100, maxDelayMs: 2_000 };

/**
 * Fetches the results of a committed job from the node that committed them.
 *
 * @throws ResultRefusedError where the node serves something else, ResultsUnavailableError where it
 * serves nothing, the reason of the signal
 */
export async function fetchResults(request: FetchResultsRequest): Promise<FetchedResults> {
    const { spec, endpoint, signal } = request;
    const document = await available(request, () => fetchDocument(request));
    if (document.count !== spec.inputs.count) {
        const wanted = spec.inputs.count;
        throw new ResultRefusedError('count', `${document.count} outcomes for ${wanted} items.`);
    }
    const outputs: Uint8Array[] = [];
    let bytes = 0;
    for (const batch of document.batches) {
        const most = batch.items * (spec.limits.outputBytesPerItem + FRAME_BYTES);
        if (batch.bytes > most) {
            throw new ResultRefusedError('malformed', `a batch is over ${most} bytes.`);
        }
        const blob = await available(request, () =>
            fetchBlob(batch.sha256, [endpointUrl(endpoint, BLOBS_PATH)], {
                maxBytes: batch.bytes,
                signal,
                fetch: request.fetch,
            }),
        );
        bytes += blob.length;
        outputs.push(...readBatch(blob, batch.items));
    }
    const outcomes: (Uint8Array | ItemErrorCode)[] = [];
    const errors = new Map(document.errors);
    let next = 0;
    for (let index = 0; index < document.count; index++) {
        const outcome = errors.get(index) ?? outputs[next++];
        if (outcome === undefined) throw new ResultRefusedError('count', 'an output is missing.');
        outcomes.push(outcome);
    }
    return { outcomes, bytes };
}

/** Tries a few times, since nodes restart and networks fail. */
async function available<T>(request: FetchResultsRequest, work: () => Promise<T>): Promise<T> {
    const { endpoint, signal } = request;
    const mayPass = (error: unknown) => !(error instanceof ResultRefusedError);
    try {
        return await retry(work, mayPass, RETRY, signal);
    } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof ResultRefusedError
            ? error
            : new ResultsUnavailableError(endpoint, error);
    }
}

async function fetchDocument(request: FetchResultsRequest) {
    const { endpoint, escrow, jobId, signal } = request;
    const send = request.fetch ?? fetch;
    const response = await send(endpointUrl(endpoint, resultsPath(escrow, jobId)), {
        redirect: 'error',
        signal: withTimeout(signal, 30_000),
    });
    if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`The node answered HTTP ${response.status}.`);
    }
    const tooLarge = () => new ResultRefusedError('malformed', 'the document is too large.');
    const bytes = await readAtMost(response, MAX_DOCUMENT_BYTES, tooLarge);
    try {
        return parseResultDocument(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
        throw new ResultRefusedError('malformed', 'the document cannot be read.', cause);
    }
}

function readBatch(blob: Uint8Array, items: number): Uint8Array[] {
    let outputs: Uint8Array[];
    try {
        outputs = decodeBatch(blob);
    } catch (cause) {
        throw new ResultRefusedError('malformed', 'a batch of outputs cannot be read.', cause);
    }
    if (outputs.length !== items) {
        throw new ResultRefusedError('count', 'a batch has another number of outputs.');
    }
    return outputs;
}
