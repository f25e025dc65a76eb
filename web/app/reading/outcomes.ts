import { decodeItem, encodeItem } from '../../../protocol';
import {
    type Chain,
    type ItemResult,
    type JobClosing,
    type JobEndedError,
    type JobEvent,
    type JobResult,
    type JobTicket,
    readJobHistory,
} from '../../../sdk';
import type { TaskOutcome } from '../../../tasks';
import type { Ending, FailedJob, KeptOutcome, Receipt } from './reading';

export function keptOutcome(result: ItemResult): KeptOutcome {
    const { index } = result;
    return result.status === 'done'
        ? { status: 'done', index, output: encodeItem(result.output) }
        : { status: 'failed', index, name: result.name };
}

export function taskOutcome(kept: KeptOutcome): TaskOutcome {
    if (kept.status === 'failed') return kept;
    return { ...kept, output: decodeItem(kept.output) };
}

/** The root that was on chain when the results were proved; hexadecimal. */
export async function committedRoot(
    chain: Chain,
    ticket: JobTicket,
    events: readonly JobEvent[],
): Promise<string> {
    const seen = events.find((event) => event.kind === 'committed')?.result;
    const { commit } = seen ?? (await readJobHistory({ chain, ...ticket })).commit ?? {};
    return commit === undefined ? '' : commit.root.toString(16).padStart(64, '0');
}

/** What was paid for a result that was proved here. */
export function receiptOf(result: JobResult, root: string): Receipt {
    const { ticket, items, closing } = result;
    const { escrow, jobId } = ticket;
    return {
        job: `${escrow.toRawString()}/${jobId}`,
        escrow: escrow.toRawString(),
        jobId,
        winner: result.winner.toRawString(),
        price: result.price,
        items: items.length,
        failed: items.filter(({ status }) => status === 'failed').length,
        root,
        accepted: result.accepted,
        checked: result.checked,
        ...(closing !== undefined && { ending: endingOf(closing) }),
    };
}

/** Whether a job ended because of what its node did; its client has the money back. */
export function isFoundWrong(outcome: Ending['outcome']): boolean {
    switch (outcome) {
        case 'convicted':
        case 'conceded':
        case 'false-error':
        case 'provider-convicted':
            return true;
        case 'accepted':
        case 'passed':
        case 'passed-silent':
        case 'void':
        case 'void-paid':
        case 'cancelled':
        case 'refused':
        case 'no-bid':
        case 'not-committed':
            return false;
    }
}

export function endingOf({ outcome, paid, refund }: JobClosing): Ending {
    return { outcome, paid, refund };
}

/** What came of a job that ended without a result. */
export function failureOf(
    { jobId, outcome }: JobEndedError,
    events: readonly JobEvent[],
): FailedJob {
    const closed = events.findLast((event) => event.kind === 'closed');
    return { jobId, outcome, refund: closed?.refund };
}
