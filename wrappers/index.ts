/** Typed clients of the contracts. */

export { accountAddress, accountId } from './account';
export { contractCode, type ContractCode } from './code';
export { escrowInit, stakeInit, type ContractInit, type Deployment } from './deployment';
export { Escrow, outcomeName, type EscrowView, type JobOutcome } from './Escrow';
export { EXIT_CODES, explainExitCode, type ExitCode } from './exit-codes';
export {
    decodeJob,
    decodeTerms,
    encodeTerms,
    modelTag,
    type JobAward,
    type JobBid,
    type JobCommit,
    type JobTerms,
    type JobView,
} from './job';
export {
    encodeEndpoint,
    encodePost,
    Market,
    marketInit,
    type JobPosting,
    type MarketConfig,
    type StakeOpening,
} from './Market';
export {
    nodeActionDigest,
    signNodeAction,
    wrapNodeAction,
    type NodeAction,
    type NodeActionHeader,
} from './node-action';
export {
    checkFee,
    convictionTime,
    decodeParameters,
    DEVNET_PARAMETERS,
    encodeParameters,
    lockHorizon,
    MAIN_PARAMETERS,
    requiredLock,
    type MarketParameters,
    type VerificationWindows,
} from './parameters';
export { Stake, type StakeView } from './Stake';
export {
    exitCodeOf,
    readClosings,
    readEscrowNote,
    readListings,
    readPost,
    readStakeOpening,
    type EscrowNote,
    type JobClosing,
    type Listing,
    type PostNote,
} from './transactions';
