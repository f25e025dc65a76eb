import type { JobView } from '../wrappers';

/** When to read the job again although nothing happened to it, UNIX seconds. */
export function nextDeadline(job: JobView, now: number): number {
    return Math.max(deadlineOf(job), now + 1);
}

/**
 * Whether time has decided what comes next, so that anybody's tick carries it out.
 *
 * @param now - UNIX seconds of the chain
 */
export function isTickDue(job: JobView, now: number): boolean {
    switch (job.state) {
        case 'unsold':
        case 'overdue':
            return true;
        case 'bidding':
        case 'assigned':
            return false;
        case 'committed':
            return now >= job.acceptDeadline;
        case 'checking':
        case 'appeal':
            return now >= job.phaseEnd;
        case 'jury': {
            const { jury, phase, phaseEnd } = job;
            if (phase === 'seed') return now >= phaseEnd;
            if (phase === 'claim') return false;
            const { jurors, appealJurors } = job.parameters.verification;
            const seats = jury.stage === 1 ? jurors : appealJurors;
            if (phase === 'over' || jury.jurors.length < seats) return true;
            // Verdicts are in as soon as all have revealed, where all have sealed.
            return jury.sealed === seats && jury.revealed === seats;
        }
    }
}

/** When the state of an open job ends, UNIX seconds. */
export function deadlineOf(job: JobView): number {
    switch (job.state) {
        case 'bidding':
        case 'unsold':
            return job.biddingEnd;
        case 'assigned':
        case 'overdue':
            return job.commitDeadline;
        case 'committed':
            return job.acceptDeadline;
        case 'checking':
        case 'appeal':
        case 'jury':
            return job.phaseEnd;
    }
}
