/** What a dApp, a script or a node imports to use a market; runs in browsers. */

export {
    acceptResult,
    tickJob,
    type AcceptResultRequest,
    type TickJobRequest,
} from './accept-result';
export {
    transactionsAfter,
    watchAccount,
    type AccountNews,
    type WatchOptions,
} from './account-history';
export { announceJob, type Announcement, type AnnounceJobRequest } from './announce-job';
export { fetchBlob, fetchBlobAt, pushBlob, type Fetch, type FetchBlobOptions } from './blobs';
export { cancelJob, type CancelJobRequest } from './cancel-job';
export type {
    AccountSnapshot,
    CallOptions,
    Chain,
    TransactionCursor,
    TransactionPage,
} from './chain';
export { connect, type ConnectOptions } from './connect';
export {
    exitCodeOf,
    readClosings,
    readEscrowNote,
    readListings,
    readPost,
    type EscrowNote,
    type JobClosing,
    type Listing,
    type PostNote,
} from '../wrappers';
export { discoverNodes, type DiscoverNodesRequest, type NodeContact } from './discover-nodes';
export * from './errors';
export { estimateJob, type EstimateRequest, type JobEstimate } from './estimate-job';
export { fetchResults, type FetchedResults, type FetchResultsRequest } from './fetch-results';
export { endpointOf, findEndpoints, type FindEndpointsRequest } from './find-endpoints';
export {
    followJob,
    nextDeadline,
    type AssignedJob,
    type ChainJobEvent,
    type CommittedJob,
    type FollowJobRequest,
} from './follow-job';
export { postJob, type JobTicket, type PostJobRequest } from './post-job';
export { prepareJob, splitBatches, type JobDescription, type PreparedJob } from './prepare-job';
export {
    BLOBS_PATH,
    endpointUrl,
    parseResultDocument,
    resultsPath,
    type OutputBatch,
    type ResultDocument,
} from './result-document';
export { retry, sleep, untilAborted, type RetryPolicy } from './retry';
export { runJob, type JobEvent, type JobResult, type RunJobRequest } from './run-job';
export { randomSeed, SEED_BYTES, seedFromBytes, seedHash } from './seed';
export {
    leafContext,
    verifyResults,
    type ItemResult,
    type VerifyResultsRequest,
} from './verify-results';
