/** What a verifier remembers, in an embedded database of its own. */

export {
    type CheckNews,
    type CheckRecord,
    type CheckRecords,
    type ClaimRecord,
    type ClaimStep,
    type DataAttempt,
    type Duty,
    isAtStake,
    type RevealVerdict,
} from './check-records';
export { openVerifierState, type VerifierState, type VerifierTotals } from './open';
