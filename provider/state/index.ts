/** What a node remembers, in an embedded database. */

export { type CostKey, type Costs, sizeClass } from './costs';
export { type Books, openBooks } from './read';
export {
    StateDamagedError,
    StateForeignError,
    StateInUseError,
    StateUnwritableError,
} from './errors';
export {
    jobKey,
    type JobRecord,
    type JobRecords,
    type KeptSeal,
    type SignedResult,
} from './job-records';
export type { JobFate, Ledger, LedgerDay, LedgerEntry, LedgerJob, LedgerOutcome } from './ledger';
export { openLock, type StateLock } from './lock';
export { type MarketCursor, type NodeState, openState, type StateOptions } from './open';
export type { KeyRecord, KeyRecords } from './key-records';
export type { KillCause, Quarantine, QuarantinedModel } from './quarantine';
export { keepPruned } from './upkeep';
export type { ServedResult, ServedResults } from './served-results';
