import type { Address } from '@ton/core';
import { Escrow, type JobView } from '../wrappers';
import { watchAccount } from './account-history';
import type { CallOptions, Chain, TransactionCursor } from './chain';
import { exitCodeOf, type JobClosing, readClosings, readEscrowNote } from '../wrappers';

/** The award of a job: an open job with a winner and no result yet. */
export type AssignedJob = Extract<JobView, { readonly state: 'assigned' | 'overdue' }>;
/** An open job with a committed result. */
export type CommittedJob = Extract<JobView, { readonly state: 'committed' }>;

/** What happens to a job on chain. Amounts are nanoGRAM, times UNIX seconds of the chain. */
export type ChainJobEvent =
    /** Open for bids until `biddingEnd`; again after the winner declined. */
    | { readonly kind: 'listed'; readonly biddingEnd: number }
    /** A bid arrived; a refused one was not better than the best, or broke a rule. */
    | {
          readonly kind: 'bid';
          readonly stake: Address;
          readonly price: bigint;
          readonly accepted: boolean;
          /** Why it was refused; 0 where it was not, undefined where no code ran. */
          readonly exitCode: number | undefined;
          readonly at: number;
      }
    /** The best bid has won. */
    | { readonly kind: 'assigned'; readonly stake: Address; readonly price: bigint }
    /** The winner gave the job back; it is listed again. */
    | { readonly kind: 'declined'; readonly stake: Address }
    /** The root of the results is on chain: fetch, verify and accept before `acceptDeadline`. */
    | { readonly kind: 'committed'; readonly job: CommittedJob }
    /** Time has decided, and a tick carries it out; told every second until one does. */
    | {
          readonly kind: 'expired';
          readonly what: 'bidding' | 'commit' | 'acceptance';
      }
    | ({ readonly kind: 'closed'; readonly at: number } & JobClosing);

export interface FollowJobRequest extends CallOptions {
    readonly chain: Chain;
    readonly escrow: Address;
    readonly jobId: number;
    /** Where to start in the Escrow's history, from before the post; its beginning unless set. */
    readonly since?: TransactionCursor | undefined;
    readonly pollMs?: number;
}

/**
 * Follows a job to its end. Everything is read from the chain, so following may start anew at any
 * time and sees the same events.
 *
 * @throws what `connect` throws, or the reason of the signal
 */
export async function* followJob(
    request: FollowJobRequest,
): AsyncGenerator<ChainJobEvent, void, void> {
    const { chain, jobId, signal } = request;
    const escrow = chain.open(Escrow.fromAddress(request.escrow), { signal });
    const told = new Set<string>();
    let dueAt = Infinity;
    for await (const { account, transactions } of watchAccount(chain, request.escrow, {
        after: request.since,
        signal,
        pollMs: request.pollMs,
    })) {
        if (transactions.length === 0 && account.chainTime < dueAt) continue;
        let closing: ChainJobEvent | undefined;
        const events: ChainJobEvent[] = [];
        for (const transaction of transactions) {
            const note = readEscrowNote(transaction);
            const exitCode = exitCodeOf(transaction);
            const accepted = exitCode === 0;
            const at = transaction.now;
            if (note?.jobId === jobId && note.kind === 'bid') {
                const { stake, price } = note;
                events.push({ kind: 'bid', stake, price, accepted, exitCode, at });
            } else if (note?.jobId === jobId && note.kind === 'decline' && accepted) {
                events.push({ kind: 'declined', stake: note.stake });
                told.clear();
            }
            // A repeated posting is refused under the id of the job that stands.
            const found = readClosings(transaction).find(
                (closed) => closed.jobId === jobId && closed.outcome !== 'refused',
            );
            if (found !== undefined) closing = { kind: 'closed', at, ...found };
        }
        // A closed job has no entry: what was not told of it before its end is in the closing.
        const view =
            closing === undefined && account.active
                ? await escrow.getOpenJob(jobId, account.chainTime)
                : undefined;
        const states = view === undefined ? [] : eventsOfState(view, account.chainTime);
        const listed = states.filter(({ kind }) => kind === 'listed');
        const later = states.filter(({ kind }) => kind !== 'listed');
        for (const event of [...listed, ...events, ...later]) {
            const once = !['bid', 'declined', 'expired'].includes(event.kind);
            if (once && told.has(event.kind)) continue;
            told.add(event.kind);
            yield event;
        }
        if (closing !== undefined) {
            yield closing;
            return;
        }
        dueAt = view === undefined ? Infinity : nextDeadline(view, account.chainTime);
    }
}

/** When to read the job again although nothing happened to it, UNIX seconds. */
export function nextDeadline(job: JobView, now: number): number {
    return Math.max(deadlineOf(job), now + 1);
}

function deadlineOf(job: JobView): number {
    switch (job.state) {
        case 'bidding':
        case 'unsold':
            return job.biddingEnd;
        case 'assigned':
        case 'overdue':
            return job.commitDeadline;
        case 'committed':
            return job.acceptDeadline;
    }
}

/** What the state of a job tells, in the order in which it happened. */
function eventsOfState(job: JobView, now: number): ChainJobEvent[] {
    switch (job.state) {
        case 'bidding':
            return [{ kind: 'listed', biddingEnd: job.biddingEnd }];
        case 'unsold':
            return [
                { kind: 'listed', biddingEnd: job.biddingEnd },
                { kind: 'expired', what: 'bidding' },
            ];
        case 'assigned':
        case 'overdue': {
            const { stake, price } = job.bid;
            const events: ChainJobEvent[] = [
                { kind: 'listed', biddingEnd: job.assignedAt },
                { kind: 'assigned', stake, price },
            ];
            if (job.state === 'overdue') events.push({ kind: 'expired', what: 'commit' });
            return events;
        }
        case 'committed': {
            const { stake, price } = job.bid;
            const committedAt = job.acceptDeadline - job.parameters.acceptWindow;
            const events: ChainJobEvent[] = [
                { kind: 'listed', biddingEnd: committedAt },
                { kind: 'assigned', stake, price },
                { kind: 'committed', job },
            ];
            if (now >= job.acceptDeadline) events.push({ kind: 'expired', what: 'acceptance' });
            return events;
        }
    }
}
