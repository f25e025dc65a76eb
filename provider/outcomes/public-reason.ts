import type { NoBidReason } from '../../sdk';
import type { BlobStore } from '../../sdk/node';
import type { WhyNoBid } from '../http/why-routes';
import { jobKey, type Ledger, type LedgerEntry } from '../state';
import type { OutcomeReason } from './reasons';

/**
 * Answers for jobs whose spec was given to this node, to whoever knows its hash.
 *
 * @param lackOf - why a job waits that the node has not decided on; undefined where it does not
 */
export function createWhyNoBid(
    ledger: Pick<Ledger, 'find'>,
    specs: readonly Pick<BlobStore, 'has'>[],
    lackOf: (key: string) => OutcomeReason | undefined,
): WhyNoBid {
    return (escrow, jobId, spec) => {
        const entry = ledger.find(escrow, jobId);
        if (entry === undefined || (entry.spec ?? spec) !== spec) return undefined;
        const read = entry.describedAt !== undefined;
        if (!read && !specs.some((store) => store.has(spec))) return undefined;
        const reason = publicReason(entry);
        const lack = reason.code === 'undecided' ? lackOf(jobKey(escrow, jobId)) : undefined;
        return lack === undefined ? reason : passReason(lack);
    };
}

/**
 * What a client may know of why this node did not bid: a coarse code, and what would have been
 * needed. Rules of the owner, the state of the stake and figures of other jobs stay here.
 */
export function publicReason(entry: LedgerEntry): NoBidReason {
    const { why, price, bidAt, outcome } = entry;
    if (outcome === 'passed' && why !== undefined) return passReason(why);
    if (bidAt !== undefined && price !== undefined) return { code: 'bid', price };
    return { code: outcome === 'open' ? 'undecided' : 'failed' };
}

function passReason(why: OutcomeReason): NoBidReason {
    switch (why.code) {
        case 'over-ceiling':
            return { code: 'too-cheap', asked: why.asked };
        case 'outbid':
            return { code: 'outbid', asked: why.ownPrice };
        case 'busy':
        case 'no-room':
        case 'closing':
        case 'runs-twice':
            return { code: 'busy' };
        case 'too-slow':
            return {
                code: 'too-slow',
                neededSeconds: why.neededMs / 1000,
                allowedSeconds: why.allowedMs / 1000,
            };
        case 'spec-unavailable':
            return { code: 'missing', what: 'spec' };
        case 'manifest-unavailable':
            return { code: 'missing', what: 'manifest' };
        case 'inputs-unavailable':
            return { code: 'missing', what: 'inputs' };
        case 'over-limits': {
            const { limit } = why;
            // What the owner risks for one job is nobody's business.
            if (limit === 'price' || limit === 'lock') return { code: 'too-large', limit: 'value' };
            return { code: 'too-large', limit, most: Number(why.most) };
        }
        case 'check-terms':
            return { code: 'check-terms', term: why.term, needed: why.needed };
        case 'model-refused':
            return { code: 'model-refused', why: why.admission };
        case 'sealed':
            return { code: 'missing', what: 'key' };
        case 'spec-mismatch':
            return { code: 'malformed' };
        case 'old-parameters':
            return { code: 'old-parameters' };
        case 'client-not-allowed':
        case 'client-without-peers':
        case 'model-not-allowed':
        case 'licence-not-allowed':
        case 'model-quarantined':
            return { code: 'not-taken' };
        case 'suspended':
            return { code: 'suspended' };
        case 'reserve-too-small':
        case 'collateral-locked':
        case 'daily-limit':
        case 'operating-balance-low':
        case 'stake-paused':
        case 'stake-held':
        case 'stake-convicted':
        case 'stake-refused':
            return { code: 'stake' };
        case 'too-late':
        case 'over':
        case 'bids-used-up':
        case 'bid-refused':
            return { code: 'too-late' };
        case 'endpoints-disagree':
        case 'execution-failed':
        case 'failed':
        case 'paid-accepted':
        case 'paid-checked':
        case 'paid-silent':
        case 'paid-unchecked':
        case 'void':
        case 'cancelled':
        case 'no-bid':
        case 'not-taken':
        case 'not-committed':
        case 'false-error':
        case 'conceded':
        case 'convicted':
        case 'provider-convicted':
            return { code: 'failed' };
    }
}
