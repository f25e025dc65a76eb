import { CocoonError } from '../protocol';
import { explainExitCode } from '../wrappers';
import { adviceFor } from './outcomes/meanings';
import type { PassReason, PassWhy, PlainPassReason } from './outcomes/reasons';

export type { PassReason } from './outcomes/reasons';

/** A job that the node leaves to others. */
export class PassError extends CocoonError {
    override readonly name = 'PassError';
    readonly code = 'JOB_PASSED';
    /** The code, with the figures that decided it. */
    readonly why: PassWhy;

    constructor(why: PassWhy | PlainPassReason, detail: string, cause?: unknown) {
        const full = typeof why === 'string' ? { code: why } : why;
        super(detail, { hint: adviceFor(full.code), cause });
        this.why = full;
    }

    get reason(): PassReason {
        return this.why.code;
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

/** The opening for a verifier's seal is not given. */
export class SealRefusedError extends CocoonError {
    override readonly name = 'SealRefusedError';
    readonly code = 'SEAL_REFUSED';

    constructor(
        readonly reason:
            'unknown' | 'too-early' | 'over' | 'not-claimant' | 'other-seal' | 'unsure',
        detail: string,
    ) {
        super(detail, { hint: 'A verifier may always seal on chain instead.' });
    }
}

/** The key of a sealed job is not for who asks for it. */
export class KeyRefusedError extends CocoonError {
    override readonly name = 'KeyRefusedError';
    readonly code = 'KEY_REFUSED';

    constructor(
        readonly reason: 'unknown' | 'not-drawn' | 'unsure',
        detail: string,
    ) {
        super(detail, { hint: 'Only nodes that are drawn to check the job are given its key.' });
    }
}
