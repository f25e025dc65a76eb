import { type Fetch, pushBlob } from './blobs';
import type { CallOptions } from './chain';
import type { PreparedJob } from './prepare-job';
import { BLOBS_PATH, endpointUrl } from './result-document';

export interface AnnounceJobRequest extends CallOptions {
    readonly job: Pick<PreparedJob, 'specBytes'>;
    /** URLs of nodes that may bid; see `findEndpoints`. */
    readonly endpoints: readonly string[];
    readonly fetch?: Fetch | undefined;
}

/** Which nodes have the spec now. */
export interface Announcement {
    readonly reached: readonly string[];
    readonly failed: readonly { readonly endpoint: string; readonly reason: string }[];
}

/**
 * Gives the spec of a job to nodes that may bid, before it is posted: the chain holds only the
 * hash of the spec, and a node bids for nothing that it cannot read. The spec is small; it names
 * the blob stores from which bidders fetch the manifest and the inputs.
 */
export async function announceJob(request: AnnounceJobRequest): Promise<Announcement> {
    const { job, endpoints, signal, fetch } = request;
    const outcomes = await Promise.all(
        endpoints.map(async (endpoint) => {
            try {
                const store = endpointUrl(endpoint, BLOBS_PATH);
                await pushBlob(job.specBytes, store, { signal, fetch });
                return { endpoint, reason: undefined };
            } catch (error) {
                signal?.throwIfAborted();
                return { endpoint, reason: error instanceof Error ? error.message : String(error) };
            }
        }),
    );
    return {
        reached: outcomes.filter(({ reason }) => reason === undefined).map((o) => o.endpoint),
        failed: outcomes.flatMap(({ endpoint, reason }) =>
            reason === undefined ? [] : [{ endpoint, reason }],
        ),
    };
}
