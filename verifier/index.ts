/** The node that checks what the providers of a market have computed. */

export type { CommittedLeaf } from './committed-leaf';
export {
    AbstainError,
    LeafUnavailableError,
    SealConflictError,
    type AbstainReason,
} from './errors';
export type { VerifierEvent, VerifierNews } from './events';
export type { ExecuteItem, ItemModel, ItemOutcome } from './execute-item';
export { attemptTimes, MIN_ATTEMPTS, MIN_SECONDS, WINDOW_SHARE } from './missing-data';
export {
    DEFAULT_MAX_BONDS,
    DEFAULT_MAX_CHECKS,
    DEFAULT_RISK_BASIS_POINTS,
    type VerifierOptions,
} from './options';
export { type CheckSummary, type CheckSums, sumChecks } from './check-books';
export { type CheckRow, checksView, type ChecksView, verifierView } from './page-view';
export type { RunningCheck } from './running-check';
export { createClaimSecrets, type ClaimName, type ClaimSecrets } from './secrets';
export { sentenceOf } from './sentences';
export {
    isAtStake,
    openVerifierState,
    type CheckRecord,
    type ClaimRecord,
    type ClaimStep,
    type DataAttempt,
    type Duty,
    type RevealVerdict,
    type VerifierState,
    type VerifierTotals,
} from './state';
export { recentCheck, type RecentCheck, type VerifierStatus } from './status';
export { createVerifier, type Verifier } from './verifier';
