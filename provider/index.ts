/** The node that works for the jobs of a market. */

export type { PeerFetch } from './blob-fetcher';
export { gram } from './decide-bid';
export {
    ActionLostError,
    ActionRefusedError,
    EndpointLiesError,
    PassError,
    PortTakenError,
    RootConflictError,
    RulesError,
    type PassReason,
} from './errors';
export type {
    DisagreementChoice,
    JobName,
    NodeEvent,
    ProviderEvent,
    ProviderNews,
    Unreadiness,
} from './events';
export {
    createGovernor,
    MODE_SENTENCES,
    openPreferencesFile,
    type Governor,
    type GovernorEvent,
    type GovernorState,
} from './governor';
export { DEFAULT_UPLOADS, type HttpTimeouts, type NodeHealth, type UploadLimits } from './http';
export type { JobPhase, RunningJob } from './job-context';
export { createJobKeys, type JobKeys } from './job-keys';
export { LicenceExpressionError, parseLicence, satisfiesLicence, type Licence } from './licence';
export * from './outcomes';
export { DEFAULT_LIMITS, type HttpOptions, type ProviderOptions } from './options';
export {
    createLogTail,
    type LogEntry,
    type LogTail,
    nowView,
    ownerPage,
    type OwnerView,
    type PageOptions,
} from './page';
export type { SharedParts } from './shared-parts';
export { quote, type PricedWork, type Pricing, type PricingBase, type Quote } from './pricing';
export type { LeafProof } from './proofs';
export { createProvider, type Provider } from './provider';
export { guardedFetch, isPrivateAddress, PrivateAddressError, publicFetch } from './public-fetch';
export { readRules, type JobLimits, type ReadRules, type RuleList, type Rules } from './rules';
export {
    jobKey,
    openBooks,
    openState,
    StateDamagedError,
    StateForeignError,
    StateInUseError,
    type Books,
    type JobFate,
    type JobRecord,
    type LedgerDay,
    type LedgerEntry,
    type LedgerOutcome,
    type MarketCursor,
    type NodeState,
    type QuarantinedModel,
    type SignedResult,
    type StateOptions,
} from './state';
export type { ProviderStatus, RecentJob, StakeStatus } from './status';
