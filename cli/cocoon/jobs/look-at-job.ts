import { join } from 'node:path';
import type { Address } from '@ton/core';
import {
    decodeTicket,
    isTickDue,
    type JobHistory,
    readJobHistory,
    seedHash,
    sleep,
    tickJob,
    readOpenJob,
} from '../../../sdk';
import { isPaid, type JobView } from '../../../wrappers';
import { describeState } from '../../../wrappers/describe';
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
    const open = async () => {
        const { job, chainTime } = await readOpenJob(chain, place, { signal });
        return { view: job, now: chainTime };
    };
    const found = await open();
    let { view } = found;
    let ticked = false;
    if (view !== undefined && isTickDue(view, found.now)) {
        await tickJob({ chain, ticket: { escrow, jobId }, signal });
        const before = describeState(view);
        const end = performance.now() + TICK_WAIT_MS;
        while (view !== undefined && describeState(view) === before && performance.now() < end) {
            await sleep(chain.pollMs, signal);
            ({ view } = await open());
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
            ? {
                  state: step.state === 'checking' ? 'checking' : 'posted',
                  committed: commit !== undefined,
              }
            : {
                  state: isPaid(closing.outcome) ? 'settled' : 'ended',
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
                    'silent, they are checked, and paid when they pass.',
            };
        case 'checking':
            return {
                state: `in its check, round ${view.round + 1} (${CHECK_PHASES[view.phase]})`,
                next:
                    `This step ends by ${formatTime(view.phaseEnd)}. ${PASSING} If no verifier comes, ` +
                    (view.terms.payUnverified
                        ? 'the node is paid all the same.'
                        : `${held} come back.`),
            };
        case 'appeal':
            return {
                state: FINDINGS[view.finding],
                next:
                    `Until ${formatTime(view.phaseEnd)} anyone may dispute that with a bond ` +
                    '("cocoon dispute"); then it stands. ' +
                    (view.finding === 'passed' || view.finding === 'right'
                        ? `The node is paid ${formatGram(view.bid.price)}.`
                        : `${held} come back, with compensation out of its stake.`),
            };
        case 'jury':
            return {
                state: `before ${view.jury.stage === 1 ? 'a jury' : 'the jury of the appeal'} (${view.jury.cause})`,
                next: `This step ends by ${formatTime(view.phaseEnd)}. ${PASSING}`,
            };
    }
}

const PASSING =
    'Nothing is for you to do: the node is paid when the result is right, and you have your money ' +
    'back when it is wrong.';

const CHECK_PHASES = {
    claim: 'verifiers claim it',
    seal: 'the verifier executes',
    open: 'the node opens its sketch',
    reveal: 'the verifier compares',
} as const;

const FINDINGS = {
    passed: 'checked: the verifier got the same result',
    right: 'checked: a jury found the result right',
    wrong: 'checked: a jury found the result wrong',
    'false-error': 'checked: a jury found a result where the node reported an error',
} as const;
