import type { CheckedJob } from './eligibility';
import { seatsOf } from './eligibility';

/** Something that time has decided and a Tick carries out. */
export interface DueTick {
    readonly what:
        'next-round' | 'stalled' | 'not-opened' | 'jury-seed' | 'no-jury' | 'verdict' | 'end';
    /** From when on the Escrow takes it, UNIX seconds of the chain. */
    readonly from: number;
}

/** Nodes tick within so many seconds of each other, so that not all do at once. */
export const TICK_SPREAD_SECONDS = 3;

/** What a Tick would carry out now or later in the state that a job is in. */
export function dueTick(job: CheckedJob): DueTick | undefined {
    switch (job.state) {
        case 'checking': {
            if (job.phase === 'open') return { what: 'not-opened', from: job.phaseEnd };
            const last = job.round + 1 >= job.parameters.verification.rounds;
            return { what: last ? 'stalled' : 'next-round', from: job.phaseEnd };
        }
        case 'appeal':
            return { what: 'end', from: job.phaseEnd };
        case 'jury': {
            const { jury, phase, phaseEnd } = job;
            if (phase === 'seed') return { what: 'jury-seed', from: phaseEnd };
            if (phase === 'claim') return undefined;
            if (jury.jurors.length < seatsOf(job)) return { what: 'no-jury', from: 0 };
            const allSealed = jury.sealed === jury.jurors.length;
            if (allSealed && jury.revealed === jury.sealed) return { what: 'verdict', from: 0 };
            return phase === 'over' ? { what: 'verdict', from: phaseEnd } : undefined;
        }
    }
}

/** Who a node is in a job, for its interest in what time decides. */
export interface Interest {
    /** It has a bond with the Escrow. */
    readonly atStake: boolean;
    /** It may claim in a later round. */
    readonly mayClaim: boolean;
}

/** Whether it is in the interest of a node that a Tick is sent. */
export function wants({ what }: DueTick, { atStake, mayClaim }: Interest): boolean {
    return atStake || (mayClaim && (what === 'next-round' || what === 'jury-seed'));
}
