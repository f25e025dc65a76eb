import { openResults, type OpenResultsRequest } from './open-results';
import { streamResults, type StreamResultsRequest } from './stream-results';
import { isMissing, type ItemResult } from './verify-results';

export interface FetchResultsRequest
    extends OpenResultsRequest, Pick<StreamResultsRequest, 'concurrency' | 'onProgress'> {}

/** All items of a job. */
export interface FetchedResults {
    /** One for each item, in order; one that is missing says why at its place. */
    readonly items: readonly ItemResult[];
    /** Indexes of the outputs that the node still owes, in order. */
    readonly missing: readonly number[];
    /** Bytes that were downloaded. */
    readonly bytes: number;
}

/**
 * Fetches all results of a committed job and proves each of them, for jobs whose outputs fit into
 * memory; `openResults` and `streamResults` are for the others.
 *
 * @throws ResultRefusedError where the node serves something else than it committed to,
 * ResultsUnavailableError where it serves nothing, the reason of the signal
 */
export async function fetchResults(request: FetchResultsRequest): Promise<FetchedResults> {
    const results = await openResults(request);
    let { bytes } = results;
    const items: ItemResult[] = [];
    const stream = streamResults({
        ...request,
        results,
        onProgress: (progress) => {
            request.onProgress?.(progress);
            bytes = results.bytes + progress.bytes;
        },
    });
    for await (const item of stream) items[item.index] = item;
    const missing = items.filter(isMissing).map(({ index }) => index);
    return { items, missing, bytes };
}
