/** What a dApp, a script or a node imports to use a market; runs in browsers. */

import '../wrappers/global-buffer';
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
export { askWhyNoBid, type AskWhyNoBidRequest, type NoBidAnswers } from './ask-why-no-bid';
export {
    fetchBlob,
    fetchBlobAt,
    pushBlob,
    type Fetch,
    type FetchBlobOptions,
    type PushBlobOptions,
} from './blobs';
export { cancelJob, type CancelJobRequest } from './cancel-job';
export type {
    AccountSnapshot,
    CallOptions,
    Chain,
    ChainEndpoint,
    EndpointHealth,
    TransactionCursor,
    TransactionPage,
} from './chain';
export * from './client';
export type { CollectOptions } from './collect-results';
export { confirm, type Confirmation, type Question } from './confirm';
export { connect, type ConnectOptions } from './connect';
export { openJobOf, readOpenJob, type JobAddress } from './open-job';
export { cursorBefore, cursorOf } from './cursor';
export type { EndpointAddress } from './endpoint';
export {
    exitCodeOf,
    readClosings,
    mayConcern,
    readEscrowNote,
    readListing,
    readPost,
    type EscrowNote,
    type JobClosing,
    type Listing,
    type PostNote,
} from '../wrappers';
export {
    depositSurplus,
    withdrawSurplus,
    type DepositSurplusRequest,
    type WithdrawSurplusRequest,
} from './deposit-surplus';
export {
    disputeJob,
    quoteDispute,
    type DisputeJobRequest,
    type DisputeQuote,
    type QuoteDisputeRequest,
} from './dispute-job';
export { discoverNodes, type DiscoverNodesRequest, type NodeContact } from './discover-nodes';
export * from './delivery-errors';
export * from './errors';
export {
    estimateJob,
    type EstimateRequest,
    type JobEstimate,
    type SurplusEstimate,
} from './estimate-job';
export { explainNoBid, type NoBidAdvice, type NoBidSummary } from './explain-no-bid';
export { fetchResults, type FetchedResults, type FetchResultsRequest } from './fetch-results';
export { endpointOf, findEndpoints, type FindEndpointsRequest } from './find-endpoints';
export {
    followJob,
    type AssignedJob,
    type ChainJobEvent,
    type CheckedJob,
    type CommittedJob,
    type FollowJobRequest,
} from './follow-job';
export { deadlineOf, isTickDue, nextDeadline } from './job-clock';
export type { FinishOptions } from './finish-job';
export type { JobEvent, JobResult } from './job-event';
export {
    readJobHistory,
    type CommittedResult,
    type JobHistory,
    type JobHistoryRequest,
} from './job-history';
export { encodeWhy, noBidSentence, parseWhy, whyPath, type NoBidReason } from './no-bid-reason';
export { KEYS_PATH, handOverKey, type HandOverKeyRequest } from './hand-over-key';
export { leaveKeys, type LeaveKeysRequest, type LeftKeys } from './leave-keys';
export {
    createSealing,
    sealingOf,
    type Handover,
    type JobSealing,
    type SealingRequest,
} from './job-sealing';
export { recoverJob, type RecoveredJob, type RecoverJobRequest } from './recover-job';
export { JobNotRecoveredError, KeyHandoverError, ResultsSealedError } from './sealing-errors';
export { offerBlobs, type BlobOffer, type OfferBlobsRequest } from './offer-blobs';
export { openResults, type OpenedResults, type OpenResultsRequest } from './open-results';
export {
    createMemoryOutputStore,
    type MemoryOutputStoreOptions,
    type OutputStore,
} from './output-store';
export {
    MAX_PEER_ADDRESSES,
    peerAddresses,
    type PeerAddressesRequest,
    type PeerOfStake,
} from './peer-addresses';
export { isPeerUrl, PeersOffError, peerUrl, withPeers } from './peer-url';
export { postJob, type PostJobRequest } from './post-job';
export { prepareJob, splitBatches, type JobDescription, type PreparedJob } from './prepare-job';
export {
    BLOBS_PATH,
    endpointUrl,
    MAX_OUTPUT_BATCH_BYTES,
    MAX_OUTPUT_BATCHES,
    MAX_RESULT_DOCUMENT_BYTES,
    parseResultDocument,
    resultsPath,
    type OutputBatch,
    type ResultDocument,
} from './result-document';
export {
    encodeGivenSeal,
    GIVEN_SEAL_BYTES,
    MAX_OPENING_BYTES,
    OPENING_MIME,
    readGivenSeal,
    sealsPath,
} from './given-seal';
export {
    LEAF_RECORD_BYTES,
    ResultLeaves,
    type LeafRecord,
    type OutputLocation,
} from './result-leaves';
export { ResultRoot } from './result-root';
export { isConvicted, reportConviction, type ReportConvictionRequest } from './report-conviction';
export { resumeJob, type NeverPosted, type ResumedJob, type ResumeJobRequest } from './resume-job';
export { retry, sleep, untilAborted, type RetryPolicy } from './retry';
export { runJob, type RunJobRequest } from './run-job';
export { randomSeed, SEED_BYTES, seedFromBytes, seedHash } from './seed';
export { streamResults, type DownloadProgress, type StreamResultsRequest } from './stream-results';
export { download, type DownloadOptions } from './transfer';
export { decodeTicket, encodeTicket, type JobTicket } from './ticket';
export {
    isMissing,
    leafContext,
    verifyLeaves,
    type DoneItem,
    type FailedItem,
    type ItemResult,
    type MissingItem,
    type OutputFailure,
    type VerifyLeavesRequest,
} from './verify-results';
