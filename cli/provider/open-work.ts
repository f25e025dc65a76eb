import type { ProviderStatus, RunningJob } from '../../provider';
import type { RunningCheck, VerifierStatus } from '../../verifier';
import { nameOf } from './narrate';

/** Something that a node has begun, and that a stop leaves to its next start. */
export interface OpenWork {
    /** To name it by. */
    readonly name: string;
    /** What it is at, to end the sentence "Job … ". */
    readonly at: string;
    /** Until its present step ends by time alone, seconds of the chain; undefined: not known. */
    readonly leftSeconds: number | undefined;
    /** The stake loses something where the node does not do this step in time. */
    readonly owed: boolean;
}

const JOBS: Readonly<Record<RunningJob['phase'], string | undefined>> = {
    waiting: undefined,
    looking: undefined,
    bid: 'has a bid of this node',
    working: 'is being computed, and has to be delivered',
    committed: 'is delivered; its results have to stay where they are served',
    checking: 'is being checked, and may have to be opened',
};

/** Jobs of a provider that are more than looked at. */
export function openJobs({ work, chain, now }: ProviderStatus): OpenWork[] {
    return work.jobs.flatMap(({ phase, dueAt, ...job }) => {
        const at = JOBS[phase];
        if (at === undefined) return [];
        const leftSeconds = secondsLeft(dueAt, chain.time, now);
        return [{ name: nameOf(job), at, leftSeconds, owed: phase === 'working' }];
    });
}

/** Checks and juries in which a verifier has a bond. */
export function openChecks({ checks, chain, now }: VerifierStatus): OpenWork[] {
    return checks.flatMap(({ claim, dueAt, owes, ...check }) => {
        if (claim === undefined) return [];
        const leftSeconds = secondsLeft(dueAt, chain.time, now);
        return [{ name: nameOf(check), at: atOf({ ...check, owes }), leftSeconds, owed: owes }];
    });
}

function atOf({ stage, phase, owes }: Pick<RunningCheck, 'stage' | 'phase' | 'owes'>): string {
    const place =
        stage === 'jury' ? 'has a seat of this node in its jury' : 'is checked by this node';
    const step = phase === 'reveal' ? 'revealed' : 'sealed';
    return owes ? `${place}, and what was found has to be ${step}` : place;
}

/** The time of the chain is that of the last look; where there was none, the machine's. */
function secondsLeft(
    dueAt: number | undefined,
    chainTime: number | undefined,
    nowMs: number,
): number | undefined {
    return dueAt === undefined ? undefined : dueAt - (chainTime ?? Math.floor(nowMs / 1000));
}
