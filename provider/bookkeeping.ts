import type { Address } from '@ton/core';
import { explainExitCode, type Finding, type JobOutcome, type JuryCause } from '../wrappers';
import { gram } from './decide-bid';
import type { ProviderEvent, ProviderNews } from './events';
import { bidReason, endReason, type JobStep, type OutcomeReason } from './outcomes/reasons';
import type { LedgerEntry, LedgerOutcome } from './state';

/**
 * What an event of a job adds to its entry in the ledger; nothing where it adds none.
 *
 * @param before - the entry as it is
 */
export function factsOf(
    event: ProviderEvent,
    now: number,
    before: LedgerEntry | undefined,
): Partial<LedgerEntry> | undefined {
    const ended = (outcome: LedgerOutcome, why: OutcomeReason, detail: string) => {
        return { outcome, reason: why.code, why, detail, closedAt: now };
    };
    switch (event.kind) {
        case 'seen':
            return { client: event.client, ceiling: event.ceiling };
        case 'described': {
            const { spec, model, name: modelName, items, bytesPerItem } = event;
            return { spec, model, modelName, items, bytesPerItem, describedAt: now };
        }
        case 'passed':
            return ended('passed', event.why, event.detail);
        case 'bidding': {
            const { price, lock, rank, checkFee, gas } = event;
            return { price, lock, rank, checkFee, gas, bidAt: now };
        }
        case 'outbid': {
            const { winner, price: winnerPrice, rank: winnerRank, detail } = event;
            const own = { ownPrice: before?.price, ownRank: before?.rank };
            return ended(
                'lost',
                { code: 'outbid', winner, winnerPrice, winnerRank, ...own },
                detail,
            );
        }
        case 'won':
            return { price: event.price, wonAt: now };
        case 'gathered':
            return { gatheredAt: now };
        case 'executed':
            return { executedAt: now, executedMs: event.elapsedMs, faulty: event.faulty };
        case 'committed':
            return { committedAt: now };
        case 'declined':
            return ended('declined', event.why, event.detail);
        case 'missed':
            return ended(
                'forfeited',
                { code: 'not-committed', step: reached(before) },
                event.detail,
            );
        case 'closed': {
            const { outcome, paid, earned, detail } = event;
            const why = endReason(outcome, reached(before));
            return { ...ended(LEDGER_OUTCOMES[outcome], why, detail), paid, earned };
        }
        case 'failed': {
            const { error } = event;
            const detail = error instanceof Error ? error.message : String(error);
            return ended('unpaid', { code: 'failed', step: reached(before) }, detail);
        }
        case 'drawn':
            return { drawnAt: now };
        case 'opened-to-verifier':
        case 'opened':
            return { openedAt: now };
        case 'trouble':
            return { trouble: { detail: event.detail, attempt: event.attempt, at: now } };
        case 'slashed':
            return { lost: event.nano };
        case 'waits':
        case 'bid':
        case 'contradicted':
        case 'found':
        case 'jury':
        case 'progress':
        case 'paused':
        case 'continued':
        case 'spent':
        case 'ticked':
            return undefined;
    }
}

/** How far a job came. */
function reached(entry: LedgerEntry | undefined): JobStep {
    if (entry?.wonAt === undefined) return 'bidding';
    if (entry.gatheredAt === undefined) return 'inputs';
    if (entry.executedAt === undefined) return 'execution';
    return entry.committedAt === undefined ? 'commit' : 'check';
}

/** What the end of a job is in the books of the node that did it. */
export const LEDGER_OUTCOMES: Record<JobOutcome, LedgerOutcome> = {
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

/** The result of a job that a jury judged. */
export interface JudgedResult {
    readonly escrow: Address;
    readonly jobId: number;
    /** From 0. */
    readonly leaf: number;
}

/**
 * What a check or a jury has found of this node's results, and, where that would cost its stake, how
 * its owner appeals: a node does not risk a bond by itself.
 */
export function explainFinding(
    finding: Finding,
    until: number,
    judged: JudgedResult | undefined,
): string {
    const time = new Date(until * 1000).toISOString();
    const found = `${FINDINGS[finding]}; anyone may dispute that until ${time}.`;
    if (judged === undefined || (finding !== 'wrong' && finding !== 'false-error')) return found;
    const { escrow, jobId, leaf } = judged;
    return (
        `${found} Should this machine be right, appeal before fifteen other jurors, whose bond comes ` +
        `back when they find so: cocoon dispute ${escrow.toString()}:${jobId} --leaf ${leaf}`
    );
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

/** Why a job does not belong to this node, by the best bid that the chain has. */
export function explainLoss(
    best: { readonly stake: Address; readonly price: bigint; readonly rank?: bigint } | undefined,
    /** Bids of this node, and the Escrow's exit code for the last of them. */
    own: { readonly bids: number; readonly answer: number | undefined },
    price: bigint | undefined,
): ProviderNews {
    const by = best && `${best.stake.toString()} for ${gram(best.price)}`;
    if (own.bids === 0) {
        const detail = `The job went to ${by ?? 'nobody'} before this node bid.`;
        return { kind: 'passed', reason: 'over', why: { code: 'over' }, detail };
    }
    if (best === undefined && own.answer !== undefined && own.answer !== 0) {
        const detail = `The Escrow refused the bid. ${explainExitCode(own.answer)}`;
        const why = bidReason(own.answer, price);
        return { kind: 'passed', reason: why.code, why, detail };
    }
    const rank = best?.rank;
    const ranked = rank === undefined ? '' : `, of rank ${rank.toString()}`;
    const detail = `The better bid is that of ${by ?? 'somebody else'}${ranked}.`;
    return { kind: 'outbid', winner: best?.stake, price: best?.price, rank, detail };
}
