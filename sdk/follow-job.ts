import type { Address } from '@ton/core';
import {
    drawnLeaf,
    exitCodeOf,
    type CheckView,
    type Finding,
    type JobClosing,
    type JobView,
    type JuryCause,
    readClosings,
    mayConcern,
    readEscrowNote,
} from '../wrappers';
import { watchAccount } from './account-history';
import type { CallOptions, Chain, TransactionCursor } from './chain';
import { isTickDue, nextDeadline } from './job-clock';
import type { CommittedResult } from './job-history';
import { openJobOf } from './open-job';

/** The award of a job: an open job with a winner and no result yet. */
export type AssignedJob = Extract<JobView, { readonly state: 'assigned' | 'overdue' }>;
/** An open job with a committed result. */
export type CommittedJob = Extract<JobView, { readonly state: 'committed' }>;
/** An open job that is checked, or that a jury judges. */
export type CheckedJob = Extract<JobView, CheckView>;

type Checking = Extract<CheckView, { readonly state: 'checking' }>;
type Judged = Extract<CheckView, { readonly state: 'jury' }>;

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
    | {
          readonly kind: 'committed';
          readonly result: CommittedResult;
          readonly acceptDeadline: number;
          /** Whether it still waits for its client, and no check has begun. */
          readonly acceptable: boolean;
      }
    /** The job is checked: its draw said so, or its client was silent. */
    | {
          readonly kind: 'drawn';
          /** Whether the client had accepted. */
          readonly accepted: boolean;
          /** Which result is executed again, from 0. */
          readonly leaf: number;
      }
    /** A round of the check, from 0, has come to a phase, which ends at the latest then. */
    | {
          readonly kind: 'check';
          readonly round: number;
          readonly phase: Checking['phase'];
          readonly phaseEnd: number;
      }
    /** A check or a jury found this; who doubts it disputes before `appealEnd`. */
    | { readonly kind: 'found'; readonly finding: Finding; readonly appealEnd: number }
    | {
          readonly kind: 'jury';
          readonly stage: 1 | 2;
          readonly cause: JuryCause;
          readonly leaf: number;
          readonly phase: Judged['phase'];
          readonly phaseEnd: number;
      }
    /** Time has decided, and a tick carries it out; told every second until one does. */
    | {
          readonly kind: 'expired';
          readonly what: 'bidding' | 'commit' | 'acceptance' | 'check' | 'appeal' | 'jury';
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
    const told = new Set<string>();
    let dueAt = Infinity;
    for await (const { account, transactions } of watchAccount(chain, request.escrow, {
        after: request.since,
        signal,
        pollMs: request.pollMs,
    })) {
        const touched = transactions.some((one) => mayConcern(one, jobId));
        if (!touched && account.chainTime < dueAt) continue;
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
        const view = closing === undefined ? openJobOf(account, jobId) : undefined;
        const states = view === undefined ? [] : eventsOfState(view, account.chainTime);
        const listed = states.filter(({ kind }) => kind === 'listed');
        const later = states.filter(({ kind }) => kind !== 'listed');
        for (const event of [...listed, ...events, ...later]) {
            const name = nameOf(event);
            if (name !== undefined && told.has(name)) continue;
            if (name !== undefined) told.add(name);
            yield event;
        }
        if (closing !== undefined) {
            yield closing;
            return;
        }
        dueAt = view === undefined ? Infinity : nextDeadline(view, account.chainTime);
    }
}

/** What an event is told once under; undefined for one that is told whenever it happens. */
function nameOf(event: ChainJobEvent): string | undefined {
    switch (event.kind) {
        case 'bid':
        case 'declined':
        case 'expired':
        case 'closed':
            return undefined;
        case 'check':
            return `check ${event.round} ${event.phase}`;
        case 'found':
            return `found ${event.finding}`;
        case 'jury':
            return `jury ${event.stage} ${event.phase}`;
        case 'listed':
        case 'assigned':
        case 'committed':
        case 'drawn':
            return event.kind;
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
            const events = deliveredEvents(job, job.acceptDeadline);
            if (isTickDue(job, now)) events.push({ kind: 'expired', what: 'acceptance' });
            return events;
        }
        case 'checking':
        case 'appeal':
        case 'jury': {
            const { accepted, parameters, committedAt, draw, terms } = job;
            const events = deliveredEvents(job, committedAt + parameters.acceptWindow);
            events.push({ kind: 'drawn', accepted, leaf: drawnLeaf(draw, terms.items) });
            events.push(checkEvent(job));
            if (isTickDue(job, now)) events.push({ kind: 'expired', what: EXPIRED[job.state] });
            return events;
        }
    }
}

const EXPIRED = { checking: 'check', appeal: 'appeal', jury: 'jury' } as const;

function deliveredEvents(job: CommittedJob | CheckedJob, acceptDeadline: number): ChainJobEvent[] {
    const { commit } = job;
    const { stake, price } = job.bid;
    const committedAt = acceptDeadline - job.parameters.acceptWindow;
    return [
        { kind: 'listed', biddingEnd: committedAt },
        { kind: 'assigned', stake, price },
        {
            kind: 'committed',
            result: { stake, price, commit },
            acceptDeadline,
            acceptable: job.state === 'committed',
        },
    ];
}

function checkEvent(job: CheckedJob): ChainJobEvent {
    const { phaseEnd } = job;
    switch (job.state) {
        case 'checking':
            return { kind: 'check', round: job.round, phase: job.phase, phaseEnd };
        case 'appeal':
            return { kind: 'found', finding: job.finding, appealEnd: phaseEnd };
        case 'jury': {
            const { stage, cause, leaf } = job.jury;
            return { kind: 'jury', stage, cause, leaf, phase: job.phase, phaseEnd };
        }
    }
}
