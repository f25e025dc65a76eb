import type { CheckedJob } from './eligibility';
import { type CheckRecord, type ClaimRecord, isAtStake } from './state';

/** A check or jury that a node looks at now, for its operator. */
export interface RunningCheck {
    readonly escrow: string;
    readonly jobId: number;
    readonly modelName: string | undefined;
    /** What the chain said last; `listed` before it was read. */
    readonly stage: 'listed' | CheckedJob['state'];
    /** Of a check `claim`, `seal`, `open` or `reveal`; of a jury `seed` and `over` too. */
    readonly phase: string | undefined;
    /** When the phase ends, UNIX seconds of the chain. */
    readonly dueAt: number | undefined;
    /** The place that the node has, or asks for. */
    readonly claim: Pick<ClaimRecord, 'role' | 'turn' | 'step' | 'bond' | 'fee'> | undefined;
    /** It loses its bond where it does not seal, or reveal, before `dueAt`. */
    readonly owes: boolean;
}

/** What a run has read last of its job. */
export type SeenJob = Pick<CheckedJob, 'state' | 'phaseEnd'> & {
    readonly phase: string | undefined;
    readonly turn: number;
};

/** What a run keeps of a job for `readRunningCheck`. */
export function seenOf(job: CheckedJob): SeenJob {
    const { state, phaseEnd } = job;
    const phase = job.state === 'appeal' ? undefined : job.phase;
    const turn = job.state === 'jury' ? job.jury.stage : job.round;
    return { state, phaseEnd, phase, turn };
}

/** Steps after which a phase asks for nothing more. */
const DONE: Readonly<Record<string, readonly ClaimRecord['step'][]>> = {
    seal: ['sealed', 'revealing', 'revealed'],
    reveal: ['revealed'],
};

export function readRunningCheck(record: CheckRecord, seen: SeenJob | undefined): RunningCheck {
    const { escrow, jobId, modelName, claims } = record;
    const role = seen?.state === 'jury' ? 'juror' : 'verifier';
    const present = claims.find((one) => one.role === role && one.turn === seen?.turn);
    const claim = present ?? claims.findLast(isAtStake);
    const done = DONE[seen?.phase ?? ''];
    const owes =
        present !== undefined && isAtStake(present) && done?.includes(present.step) === false;
    return {
        ...{ escrow: escrow.toString(), jobId, modelName },
        ...{ stage: seen?.state ?? 'listed', phase: seen?.phase, dueAt: seen?.phaseEnd },
        claim: claim && {
            ...{ role: claim.role, turn: claim.turn, step: claim.step },
            ...{ bond: claim.bond, fee: claim.fee },
        },
        owes,
    };
}
