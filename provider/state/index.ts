/** What a node remembers, in an embedded database. */

export { type Costs, sizeClass } from './costs';
export {
    StateDamagedError,
    StateForeignError,
    StateInUseError,
    StateUnwritableError,
} from './errors';
export { jobKey, type JobRecord, type JobRecords, type SignedResult } from './job-records';
export type { Ledger, LedgerDay, LedgerEntry, LedgerOutcome } from './ledger';
export { type MarketCursor, type NodeState, openState, type StateOptions } from './open';
export type { ServedResult, ServedResults } from './served-results';
