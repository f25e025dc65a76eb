import type { Address } from '@ton/core';
import {
    type CheckView,
    type JobView,
    type StakeView,
    type StandingView,
    ticketOf,
} from '../wrappers';
import { AbstainError } from './errors';
import type { Duty } from './state';

/** A job that is checked, or about which there is a dispute. */
export type CheckedJob = Extract<JobView, { readonly state: CheckView['state'] }>;
export type CheckingJob = Extract<CheckedJob, { readonly state: 'checking' }>;
export type JuryJob = Extract<CheckedJob, { readonly state: 'jury' }>;

/** What a claim of a Stake weighs. */
export interface ClaimWeight {
    /** nanoGRAM */
    readonly weight: bigint;
    /** Whether it is the old part of the tenure alone. */
    readonly settled: boolean;
}

/** A place that may be claimed: its ticket, and the one that has to be beaten. */
export interface Ticket extends ClaimWeight {
    readonly duty: Duty;
    readonly ticket: bigint;
}

/**
 * The heaviest claim that a Stake may make about a job: all of its tenure where that is old
 * enough, else the old part alone.
 *
 * @throws AbstainError `not-eligible`
 */
export function claimWeight(
    stake: Pick<StakeView, 'paused'>,
    standing: StandingView,
    { parameters, committedAt }: Pick<CheckedJob, 'parameters' | 'committedAt'>,
): ClaimWeight {
    if (standing.convicted) throw notEligible('The stake is convicted.');
    // The contract would take the claim; the operator has said stop.
    if (stake.paused) throw notEligible('The operator has paused the stake.');
    const { verifierStake, verifierAge } = parameters.verification;
    // As the contract reads them: the whole is as young as its young part.
    const all = { weight: standing.old + standing.young, since: Number(standing.youngSince) };
    const old = { weight: standing.old, since: Number(standing.oldSince) };
    const mayClaim = ({ weight, since }: typeof all) =>
        weight >= verifierStake && since + verifierAge <= committedAt;
    if (mayClaim(all)) return { weight: all.weight, settled: false };
    if (mayClaim(old)) return { weight: old.weight, settled: true };
    if (all.weight < verifierStake) {
        const detail = `The stake holds ${all.weight} nanoGRAM; a check takes ${verifierStake}.`;
        throw notEligible(detail);
    }
    throw notEligible('The stake is younger than the results of the job.');
}

/**
 * What a Stake would claim in the state that a job is in.
 *
 * @throws AbstainError `not-eligible`, `ticket`, `over`
 */
export function ticketFor(job: CheckedJob, mine: Address, weight: ClaimWeight): Ticket {
    if (job.bid.stake.equals(mine)) throw notEligible('These results are its own.');
    if (job.state === 'checking') return checkTicket(job, mine, weight);
    if (job.state === 'jury') return seatTicket(job, mine, weight);
    throw new AbstainError('over', 'There is nothing to claim now.');
}

function checkTicket(job: CheckingJob, mine: Address, weight: ClaimWeight): Ticket {
    if (job.phase !== 'claim') throw new AbstainError('over', 'The time for claims is over.');
    const ticket = ticketOf(job.draw, job.round, mine, weight.weight);
    if (job.verifier !== undefined && ticket >= job.verifier.ticket) {
        throw new AbstainError('ticket', 'Another verifier holds a lower ticket.');
    }
    return { ...weight, duty: { role: 'verifier', turn: job.round }, ticket };
}

function seatTicket(job: JuryJob, mine: Address, weight: ClaimWeight): Ticket {
    if (job.phase !== 'claim') throw new AbstainError('over', 'The time for claims is over.');
    const { jury, verifier } = job;
    if (verifier?.stake.equals(mine)) throw notEligible('It was the verifier of this job.');
    if (jury.former.some(({ stake }) => stake.equals(mine))) {
        throw notEligible('It sat in the first jury.');
    }
    const ticket = ticketOf(jury.seed, jury.stage, mine, weight.weight);
    const highest = jury.jurors.reduce(
        (most, seat) => (seat.ticket > most ? seat.ticket : most),
        0n,
    );
    if (jury.jurors.length >= seatsOf(job) && ticket >= highest) {
        throw new AbstainError('ticket', 'All seats are held by lower tickets.');
    }
    return { ...weight, duty: { role: 'juror', turn: jury.stage }, ticket };
}

/** Seats of the jury that sits. */
export function seatsOf({ parameters, jury }: JuryJob): number {
    const { jurors, appealJurors } = parameters.verification;
    return jury.stage === 1 ? jurors : appealJurors;
}

function notEligible(detail: string): AbstainError {
    return new AbstainError('not-eligible', detail);
}
