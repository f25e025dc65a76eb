import { explainExitCode, type JobOutcome, type JobView } from '../wrappers';
import { gram } from './decide-bid';
import type { ProviderEvent, ProviderNews } from './events';
import type { LedgerEntry } from './state';

/** What an event of a job adds to its entry in the ledger; nothing where it adds none. */
export function factsOf(event: ProviderEvent, now: number): Partial<LedgerEntry> | undefined {
    switch (event.kind) {
        case 'seen':
            return { client: event.client, ceiling: event.ceiling };
        case 'described':
            return { model: event.model, modelName: event.name, items: event.items };
        case 'passed':
            return {
                outcome: 'passed',
                reason: event.reason,
                detail: event.detail,
                closedAt: now,
            };
        case 'bidding':
            return { price: event.price, lock: event.lock, bidAt: now };
        case 'outbid':
            return {
                outcome: 'lost',
                reason: 'outbid',
                detail: event.detail,
                winner: event.winner,
                winnerRank: event.rank,
                closedAt: now,
            };
        case 'won':
            return { price: event.price, wonAt: now };
        case 'executed':
            return { executedAt: now, executedMs: event.elapsedMs, faulty: event.faulty };
        case 'committed':
            return { committedAt: now };
        case 'declined':
            return {
                outcome: 'declined',
                reason: event.reason,
                detail: event.detail,
                closedAt: now,
            };
        case 'missed':
            return {
                outcome: 'forfeited',
                reason: 'missed',
                detail: event.detail,
                closedAt: now,
            };
        case 'closed':
            return {
                outcome: PAYING.has(event.outcome) ? 'paid' : 'unpaid',
                reason: event.outcome,
                detail: event.detail,
                paid: event.paid,
                earned: event.earned,
                closedAt: now,
            };
        case 'failed': {
            const { error } = event;
            const detail = error instanceof Error ? error.message : String(error);
            return { outcome: 'unpaid', reason: 'failed', detail, closedAt: now };
        }
        case 'bid':
        case 'gathered':
        case 'progress':
        case 'spent':
        case 'ticked':
        case 'trouble':
            return undefined;
    }
}

const PAYING: ReadonlySet<JobOutcome> = new Set(['accepted', 'silent-client']);

/** Why a job that a node had bid for ended as it did. */
export function explainClosing(
    outcome: JobOutcome,
    items: { readonly all: number; readonly faulty: number },
): string {
    const share =
        items.faulty === 0
            ? `for all ${items.all} items`
            : `for ${items.all - items.faulty} of ${items.all} items; the others had no result`;
    switch (outcome) {
        case 'accepted':
            return `The client accepted the results and paid ${share}.`;
        case 'silent-client':
            return `The client stayed silent, and was made to pay ${share} by its deadline.`;
        case 'cancelled':
            return 'The client took the job back before it was assigned.';
        case 'no-bid':
            return 'The job found no bid.';
        case 'refused':
            return 'The Escrow did not take the job.';
        case 'not-committed':
            return 'No results were committed in time: the client was refunded from the lock.';
    }
}

/** Why a job does not belong to this node, by what the chain says of it. */
export function explainLoss(
    job: JobView,
    /** Bids of this node, and the Escrow's exit code for the last of them. */
    own: { readonly bids: number; readonly answer: number | undefined },
): ProviderNews {
    const best = 'bid' in job ? job.bid : undefined;
    const by = best && `${best.stake.toString()} for ${gram(best.price)}`;
    if (own.bids === 0) {
        const detail = `The job went to ${by ?? 'nobody'} before this node bid.`;
        return { kind: 'passed', reason: 'over', detail };
    }
    if (best === undefined && own.answer !== undefined && own.answer !== 0) {
        const detail = `The Escrow refused the bid. ${explainExitCode(own.answer)}`;
        return { kind: 'passed', reason: 'stake-refused', detail };
    }
    const rank = job.state === 'committed' || !('bid' in job) ? undefined : job.bid?.rank;
    const ranked = rank === undefined ? '' : `, of rank ${rank.toString()}`;
    const detail = `The better bid is that of ${by ?? 'somebody else'}${ranked}.`;
    return { kind: 'outbid', winner: best?.stake, price: best?.price, rank, detail };
}
