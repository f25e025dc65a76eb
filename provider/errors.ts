import { CocoonError } from '../protocol';
import { explainExitCode } from '../wrappers';

/** Why a node does not bid for a job. */
export type PassReason =
    /** Not one of the models that the operator allows. */
    | 'model-not-allowed'
    /** Nobody gave the node the spec, and no configured source has it. */
    | 'spec-unavailable'
    /** Spec or manifest break their format, or do not belong to the job on chain. */
    | 'spec-mismatch'
    /** The inputs are sealed, which this version cannot open. */
    | 'sealed'
    /** The job may take more memory, time or room than the operator gives. */
    | 'over-limits'
    | 'manifest-unavailable'
    | 'inputs-unavailable'
    /** The model cannot run on this machine. */
    | 'model-refused'
    /** The price of this node is over the ceiling. */
    | 'over-ceiling'
    /** Somebody else bids better. */
    | 'outbid'
    /** As many jobs as the operator allows are running. */
    | 'busy'
    /** The Stake does not back another bid. */
    | 'stake-refused'
    /** The job is not open for bids any more. */
    | 'over';

const HINTS: Record<PassReason, string> = {
    'model-not-allowed': 'Add the model to the allowed ones to work for such jobs.',
    'spec-unavailable': 'The client has to announce the spec to this node before it posts.',
    'spec-mismatch': 'The client has to prepare the job again.',
    sealed: 'Only public jobs are taken.',
    'over-limits': 'Raise the limits of the node to work for such jobs.',
    'manifest-unavailable': 'The sources that the spec names have to serve the manifest.',
    'inputs-unavailable': 'The sources that the spec names have to serve the inputs.',
    'model-refused': 'See the cause.',
    'over-ceiling': 'Lower the price to win such jobs.',
    outbid: 'Lower the price to win such jobs.',
    busy: 'Raise maxJobs, if the machine can bear it.',
    'stake-refused': 'Check collateral, daily limit, pause and operating balance of the stake.',
    over: 'Nothing needs to be done.',
};

/** A job that the node leaves to others. */
export class PassError extends CocoonError {
    override readonly name = 'PassError';
    readonly code = 'JOB_PASSED';

    constructor(
        readonly reason: PassReason,
        detail: string,
        cause?: unknown,
    ) {
        super(detail, { hint: HINTS[reason], cause });
    }
}

/** The Stake did not accept what the node signed. */
export class ActionRefusedError extends CocoonError {
    override readonly name = 'ActionRefusedError';
    readonly code = 'ACTION_REFUSED';

    constructor(
        readonly action: string,
        /** See `EXIT_CODES`. */
        readonly exitCode: number | undefined,
        cause?: unknown,
    ) {
        const why = exitCode === undefined ? '' : ` ${explainExitCode(exitCode)}`;
        super(`The stake refused a ${action}.${why}`, {
            hint: 'Check node key, pause, daily limit, collateral and operating balance.',
            cause,
        });
    }
}

/** What the node signed was taken by no block, again and again. */
export class ActionLostError extends CocoonError {
    override readonly name = 'ActionLostError';
    readonly code = 'ACTION_LOST';

    constructor(readonly action: string) {
        super(`No block took the ${action}.`, {
            hint: 'Check that the endpoint follows the chain.',
        });
    }
}

/** The node was about to sign a second root for one job. */
export class RootConflictError extends CocoonError {
    override readonly name = 'RootConflictError';
    readonly code = 'ROOT_CONFLICT';

    constructor(readonly job: string) {
        super(`The results of job ${job} differ from those that were committed to before.`, {
            hint: 'Check the machine: the same model gave other outputs for the same inputs.',
        });
    }
}
