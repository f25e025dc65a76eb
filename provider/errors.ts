import { CocoonError } from '../protocol';
import { explainExitCode } from '../wrappers';

/** Why a node does not bid for a job. */
export type PassReason =
    /** Blocked, or not one of the clients that the operator allows. */
    | 'client-not-allowed'
    /** Blocked, or not one of the models that the operator allows. */
    | 'model-not-allowed'
    /** The model's licence is blocked, or not one of those that the operator allows. */
    | 'licence-not-allowed'
    /** Nobody gave the node the spec, and no configured source has it. */
    | 'spec-unavailable'
    /** Spec or manifest break their format, or do not belong to the job on chain. */
    | 'spec-mismatch'
    /** The inputs are sealed, which this version cannot open. */
    | 'sealed'
    /** The job may take more memory, money or room than the operator gives. */
    | 'over-limits'
    | 'manifest-unavailable'
    | 'inputs-unavailable'
    /** The model cannot run on this machine. */
    | 'model-refused'
    /** The disk has no room for it. */
    | 'no-room'
    /** The machine cannot do it before the deadline, even without other work. */
    | 'too-slow'
    /** A check of the job could cost the node more than it brings. */
    | 'check-terms'
    /** The market lists jobs under other parameters by now. */
    | 'old-parameters'
    /** The price of this node is over the ceiling. */
    | 'over-ceiling'
    /** Somebody else bids better. */
    | 'outbid'
    /** The work that was promised already leaves no room for it. */
    | 'busy'
    /** Two endpoints contradict each other about the job. */
    | 'endpoints-disagree'
    /** The Stake does not back another bid. */
    | 'stake-refused'
    /** The execution failed on this machine. */
    | 'execution-failed'
    /** The node is about to stop. */
    | 'closing'
    /** Another node acts for the same stake with the same key. */
    | 'runs-twice'
    /** The job is not open for bids any more. */
    | 'over';

const HINTS: Record<PassReason, string> = {
    'client-not-allowed': 'Change the rules of the node to work for this client.',
    'model-not-allowed': 'Change the rules of the node to work for such jobs.',
    'licence-not-allowed': 'Change the rules of the node to work for such jobs.',
    'spec-unavailable': 'The client has to announce the spec to this node before it posts.',
    'spec-mismatch': 'The client has to prepare the job again.',
    sealed: 'Only public jobs are taken.',
    'over-limits': 'Raise the limits of the node to work for such jobs.',
    'manifest-unavailable': 'The sources that the spec names have to serve the manifest.',
    'inputs-unavailable': 'The sources that the spec names have to serve the inputs.',
    'model-refused': 'See the cause.',
    'no-room': 'Give the blob store more room.',
    'too-slow': 'Give the node more cores to win such jobs.',
    'check-terms': 'Change the limits of the node to work for such jobs.',
    'old-parameters': 'The client has to post from its wallet, which brings the new ones.',
    'over-ceiling': 'Lower the price to win such jobs.',
    outbid: 'Lower the price to win such jobs.',
    busy: 'Give the node more cores, or raise maxJobs.',
    'endpoints-disagree': 'Replace the endpoint that is wrong; three endpoints outvote one.',
    'stake-refused': 'Check collateral, daily limit, pause and operating balance of the stake.',
    'execution-failed': 'See the log of the node.',
    'runs-twice': 'Stop the other node for good, then start this one again.',
    closing: 'Start the node again.',
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

/** A rule of the operator that cannot be one. */
export class RulesError extends CocoonError {
    override readonly name = 'RulesError';
    readonly code = 'RULES_INVALID';

    constructor(
        readonly entry: string,
        why: string,
        cause?: unknown,
    ) {
        super(`The rule "${entry}" ${why}.`, {
            hint: 'Correct the lists of what is allowed and blocked.',
            cause,
        });
    }
}

/** The endpoint tells what cannot be: time that runs backwards, transactions without a past. */
export class EndpointLiesError extends CocoonError {
    override readonly name = 'EndpointLiesError';
    readonly code = 'ENDPOINT_LIES';

    constructor(detail: string, cause?: unknown) {
        super(`The endpoint contradicts itself: ${detail}`, {
            hint: 'Use another endpoint; nothing is signed on the word of this one.',
            cause,
        });
    }
}

/** The endpoint tells another history of an account than before. */
export class HistoryReplacedError extends EndpointLiesError {}

/** The node cannot listen where it was told to. */
export class PortTakenError extends CocoonError {
    override readonly name = 'PortTakenError';
    readonly code = 'PORT_TAKEN';

    constructor(
        readonly host: string,
        readonly port: number,
        cause: NodeJS.ErrnoException,
    ) {
        super(`The node cannot listen on port ${port} of ${host} (${cause.code ?? 'failed'}).`, {
            hint: 'Stop the program that uses the port, or configure another one.',
            cause,
        });
    }
}
