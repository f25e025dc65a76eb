import { join } from 'node:path';
import type { Address } from '@ton/core';
import {
    decodeTicket,
    type JobHistory,
    readJobHistory,
    seedHash,
    sleep,
    tickJob,
} from '../../../sdk';
import { Escrow, type JobView } from '../../../wrappers';
import type { Network } from '../../network';
import { formatGram, formatTime } from '../../terminal';
import { BusyError } from './errors';
import { takeLock } from './lock';
import { readStep, type Step, type StoredSubmission, writeStep } from './submission';

/** A job as the chain has it now. */
export interface JobSight {
    readonly escrow: Address;
    readonly jobId: number;
    /** Undefined where it is not open. */
    readonly view: JobView | undefined;
    readonly history: JobHistory;
    /** Whether this look has carried out what time had decided. */
    readonly ticked: boolean;
}

export interface JobPlace {
    readonly escrow: Address;
    readonly jobId: number;
    readonly since?: ReturnType<typeof decodeTicket>['since'];
}

const TICK_WAIT_MS = 15_000;

/**
 * Looks at a job, and carries out what time has decided about it: that needs nobody's key, and the
 * job's gas pays.
 *
 * @throws what `connect` throws
 */
export async function lookAtJob(
    { chain }: Pick<Network, 'chain'>,
    place: JobPlace,
    signal: AbortSignal,
): Promise<JobSight> {
    const { escrow, jobId } = place;
    const open = async (): Promise<JobView | undefined> => {
        const account = await chain.account(escrow, { signal });
        if (!account.active) return undefined;
        const contract = chain.open(Escrow.fromAddress(escrow), { signal });
        return contract.getOpenJob(jobId, account.chainTime);
    };
    let view = await open();
    let ticked = false;
    if (view !== undefined && isDecided(view, await chain.now({ signal }))) {
        await tickJob({ chain, ticket: { escrow, jobId }, signal });
        const end = performance.now() + TICK_WAIT_MS;
        while (view !== undefined && performance.now() < end) {
            await sleep(chain.pollMs, signal);
            view = await open();
        }
        ticked = view === undefined;
    }
    return { ...place, view, ticked, history: await readJobHistory({ chain, ...place, signal }) };
}

/** Looks at one step of a submission, and writes down what has become of it. */
export async function lookAtStep(
    network: Pick<Network, 'chain'>,
    submission: StoredSubmission,
    number: number,
    signal: AbortSignal,
): Promise<JobSight | undefined> {
    const step = readStep(submission, number);
    if (step === undefined || step.state === 'planned') return undefined;
    const ticket = decodeTicket(step.ticket);
    const sight = await lookAtJob(network, ticket, signal);
    const ours = sight.history.terms?.seedHash === seedHash(ticket.seed);
    if (!ours) return { ...sight, view: undefined };
    const { closing, commit } = sight.history;
    const change: Partial<Step> =
        closing === undefined
            ? { state: 'posted', committed: commit !== undefined }
            : {
                  state: commit === undefined ? 'ended' : 'settled',
                  committed: commit !== undefined,
                  end: {
                      outcome: closing.outcome,
                      paid: closing.paid,
                      refund: closing.refund,
                      winner: commit?.stake.toString(),
                      price: commit?.price,
                      endedAt: new Date(closing.at * 1000).toISOString(),
                  },
              };
    await writeUnlessBusy(submission, number, { ...step, ...change }, signal);
    return sight;
}

/** A command that works on the job keeps its record itself, and may know more by now. */
async function writeUnlessBusy(
    submission: StoredSubmission,
    number: number,
    step: Step,
    signal: AbortSignal,
): Promise<void> {
    try {
        const path = join(submission.folder, 'lock');
        const lock = await takeLock(path, { what: `works on job ${submission.id}`, signal });
        writeStep(submission, number, step);
        await lock.release();
    } catch (error) {
        if (!(error instanceof BusyError)) throw error;
    }
}

/** Whether only a tick is missing. */
function isDecided(view: JobView, now: number): boolean {
    if (view.state === 'unsold' || view.state === 'overdue') return true;
    return view.state === 'committed' && now >= view.acceptDeadline;
}

/** State of an open job, what comes next, and what happens when all are silent. */
export function jobInWords(view: JobView): { readonly state: string; readonly next: string } {
    const held = formatGram(view.held);
    switch (view.state) {
        case 'bidding': {
            const best = view.bid;
            return {
                state:
                    best === undefined
                        ? 'open for bids, none yet'
                        : `open for bids, best ${formatGram(best.price)}`,
                next:
                    best === undefined
                        ? `Bidding ends ${formatTime(view.biddingEnd)}; without a bid ${held} come back.`
                        : `Bidding ends ${formatTime(view.biddingEnd)}; then the best bid wins.`,
            };
        }
        case 'unsold':
            return { state: 'found no bid', next: `Anyone may trigger the refund of ${held}.` };
        case 'assigned':
            return {
                state: `assigned to ${view.bid.stake.toString()} for ${formatGram(view.bid.price)}`,
                next:
                    `The winner delivers before ${formatTime(view.commitDeadline)}; if it does not, ${held} ` +
                    'come back, with compensation out of its collateral.',
            };
        case 'overdue':
            return {
                state: 'not delivered in time',
                next: `Anyone may trigger the refund of ${held} and the compensation.`,
            };
        case 'committed':
            return {
                state: `delivered by ${view.bid.stake.toString()} for ${formatGram(view.bid.price)}`,
                next:
                    `Fetch and accept the results before ${formatTime(view.acceptDeadline)}; if you are ` +
                    'silent, the node is paid then.',
            };
    }
}
