import {
    explainExitCode,
    type Finding,
    type JobOutcome,
    type JobView,
    type JuryCause,
} from '../wrappers';
import { gram } from './decide-bid';
import type { ProviderEvent, ProviderNews } from './events';
import type { LedgerEntry, LedgerOutcome } from './state';

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
                outcome: LEDGER_OUTCOMES[event.outcome],
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
        case 'drawn':
            return { drawnAt: now };
        case 'bid':
        case 'opened':
        case 'found':
        case 'jury':
        case 'gathered':
        case 'progress':
        case 'paused':
        case 'continued':
        case 'spent':
        case 'ticked':
        case 'trouble':
            return undefined;
    }
}

/** What the end of a job is in the books of the node that did it. */
const LEDGER_OUTCOMES: Record<JobOutcome, LedgerOutcome> = {
    accepted: 'paid',
    passed: 'paid',
    'passed-silent': 'paid',
    'void-paid': 'paid',
    void: 'unpaid',
    cancelled: 'unpaid',
    refused: 'unpaid',
    'no-bid': 'unpaid',
    'not-committed': 'forfeited',
    'false-error': 'forfeited',
    conceded: 'forfeited',
    convicted: 'convicted',
    'provider-convicted': 'unpaid',
};

/** Why a job that a node had bid for ended as it did, and what it was paid or lost. */
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
        case 'passed':
            return `The client accepted, the job was drawn for a check and passed it: paid ${share}.`;
        case 'passed-silent':
            return `The client stayed silent, the results were checked and passed: paid ${share}.`;
        case 'void-paid':
            return `The check came to no finding, and the job pays all the same: paid ${share}.`;
        case 'void':
            return (
                'The check came to no finding, and the client pays only for checked results: not ' +
                'paid, nothing lost.'
            );
        case 'convicted':
            return (
                'A result was found wrong, or its sketch was not opened in time: not paid, and the ' +
                'stake has lost its reserve and all locks.'
            );
        case 'conceded':
            return 'This node admitted a wrong result: not paid; the lock and a fine are lost.';
        case 'false-error':
            return 'A reported error was found to be a result: not paid, and the lock is lost.';
        case 'provider-convicted':
            return 'The stake was convicted for another job: the client was refunded.';
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

/** What a check or a jury has found of this node's results. */
export function explainFinding(finding: Finding, until: number): string {
    const time = new Date(until * 1000).toISOString();
    return `${FINDINGS[finding]}; anyone may dispute that until ${time}.`;
}

const FINDINGS: Record<Finding, string> = {
    passed: 'A drawn verifier got the same result',
    right: 'A jury found the result right',
    wrong: 'A jury found the result wrong',
    'false-error': 'A jury found a result where this node reported an error',
};

/** Why a jury sits over this node's results. */
export function explainJury(cause: JuryCause, stage: 1 | 2): string {
    const jury = stage === 1 ? 'A jury' : 'The jury of the appeal';
    return `${jury} executes a result again: ${CAUSES[cause]}.`;
}

const CAUSES: Record<JuryCause, string> = {
    mismatch: 'the verifier got another one',
    'broken-binding': 'the verifier says that the opened sketch is not of the committed result',
    'missing-data': 'the verifier says that this node did not serve the result and its proof',
    dispute: 'somebody doubts what was found, and pays for it when wrong',
    stalled: 'no verifier kept its word',
};

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
    const rank = job.state === 'bidding' || job.state === 'assigned' ? job.bid?.rank : undefined;
    const ranked = rank === undefined ? '' : `, of rank ${rank.toString()}`;
    const detail = `The better bid is that of ${by ?? 'somebody else'}${ranked}.`;
    return { kind: 'outbid', winner: best?.stake, price: best?.price, rank, detail };
}
