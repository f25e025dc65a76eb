/** Typed clients of the contracts. */

import './global-buffer';
export { accountAddress, accountId } from './account';
export { contractCode, type ContractCode } from './code';
export { escrowInit, stakeInit, type ContractInit, type Deployment } from './deployment';
export type {
    CheckView,
    Finding,
    JurorView,
    JuryCause,
    JuryView,
    Verdict,
    VerifierView,
} from './checked-job';
export {
    drawnLeaf,
    drawOf,
    isDrawn,
    juryProjectionSeed,
    projectionSeed,
    ticketOf,
    type DrawParts,
} from './draw';
export {
    Escrow,
    isPaid,
    openJobIn,
    outcomeName,
    signPosting,
    type EscrowView,
    type JobOutcome,
    type SignedPosting,
} from './Escrow';
export {
    readEscrowEffects,
    readEscrowStep,
    type EscrowEffect,
    type EscrowStep,
    type EscrowStepKind,
    type FoundFinding,
} from './escrow-steps';
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
    jobCommitment,
    providerSeed,
    signEscrowWords,
    type JobKey,
    type JobKeyPair,
} from './job-key';
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
    decodeSealedOpening,
    encodeSealedOpening,
    isOpeningFor,
    isSealSigned,
    sealedWord,
    signSeal,
    signSealedOpening,
    type OpeningWords,
    type SealedOpening,
    type SealedWords,
} from './sealed-opening';
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
    jurorBond,
    juryBond,
    lockHorizon,
    MAIN_PARAMETERS,
    parametersTag,
    requiredLock,
    withoutChecks,
    type MarketParameters,
    type VerificationWindows,
} from './parameters';
export {
    decodeSketch,
    encodeJurorSketches,
    encodeRule,
    encodeSketch,
    jurorSeal,
    sketchRules,
    verifierSeal,
    type JurorSketches,
} from './sketch';
export { readStakeStep, type StakeStep, type StakeStepKind } from './stake-steps';
export { Stake, type StakeView, type StandingView } from './Stake';
export {
    exitCodeOf,
    readAcceptance,
    readClosings,
    mayConcern,
    readEscrowNote,
    readForfeits,
    readListing,
    readParameterChange,
    readPenalties,
    readPost,
    readRewards,
    readSettlements,
    readStakeOpening,
    type AcceptanceNote,
    type EscrowNote,
    type ForfeitNote,
    type JobClosing,
    type Listing,
    type ListingStage,
    type ParameterChangeNote,
    type PenaltyNote,
    type PostNote,
    type RewardNote,
    type RewardReason,
    type SettlementNote,
} from './transactions';
