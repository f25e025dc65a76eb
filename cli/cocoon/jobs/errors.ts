import { CocoonError } from '../../../protocol';
import { formatGram, InterruptedError } from '../../terminal';

/** No such job in this home. */
export class JobUnknownError extends CocoonError {
    override readonly name = 'JobUnknownError';
    readonly code = 'JOB_UNKNOWN';

    constructor(
        readonly asked: string,
        known: readonly string[],
    ) {
        super(`There is no job ${JSON.stringify(asked.slice(0, 100))} in this home.`, {
            hint:
                known.length === 0
                    ? 'No job was submitted from here yet; check --home and COCOON_HOME.'
                    : `"cocoon status" lists them; the last one is ${known.at(-1)}.`,
        });
    }
}

/** What this home knows of a job cannot be read. */
export class JobRecordError extends CocoonError {
    override readonly name = 'JobRecordError';
    readonly code = 'JOB_RECORD_DAMAGED';

    constructor(
        readonly path: string,
        problem: string,
        cause?: unknown,
    ) {
        super(`${path} ${problem}.`, {
            hint: 'Restore it from a backup. The money is safe: the chain refunds or pays by time.',
            cause,
        });
    }
}

/** Another process of the same user works on the same thing. */
export class BusyError extends CocoonError {
    override readonly name = 'BusyError';
    readonly code = 'BUSY';

    constructor(
        what: string,
        readonly pid: number,
        lock: string,
    ) {
        super(`Another command (process ${pid}) ${what}.`, {
            hint:
                'Wait until it has ended, or end it: nothing is lost by that. ' +
                `If process ${pid} is no cocoon command, remove ${lock}.`,
        });
    }
}

/** The job was made for another network than the one that is worked on now. */
export class JobElsewhereError extends CocoonError {
    override readonly name = 'JobElsewhereError';
    readonly code = 'JOB_ON_OTHER_NETWORK';

    constructor(id: string, network: string, market: string) {
        super(`Job ${id} is on ${network}, in the Market ${market}, which is not this one.`, {
            hint: `Add --network ${network} --market ${market}, and the --endpoint of that chain.`,
        });
    }
}

/** More would leave the wallet than the user allows. */
export class CapExceededError extends CocoonError {
    override readonly name = 'CapExceededError';
    readonly code = 'SPENDING_CAP';

    constructor(
        /** nanoGRAM */
        readonly needed: bigint,
        /** nanoGRAM */
        readonly cap: bigint,
    ) {
        super(
            `The job may take ${formatGram(needed)} from the wallet, and the spending cap is ` +
                `${formatGram(cap)}.`,
            {
                hint:
                    'Nothing was posted. Raise the cap with --cap or client.maxSpendGram, or lower ' +
                    'the ceiling with --price.',
            },
        );
    }
}

/** Nobody is known who could do the work. */
export class NoNodesError extends CocoonError {
    override readonly name = 'NoNodesError';

    constructor(
        readonly code: 'NODES_UNKNOWN' | 'NODES_UNREACHABLE',
        reasons: readonly string[] = [],
    ) {
        super(
            code === 'NODES_UNKNOWN'
                ? 'The market shows no node that was active lately.'
                : `None of ${reasons.length} nodes could be told of the job: ${reasons.slice(0, 3).join('; ')}`,
            {
                hint:
                    'Nothing was posted. Try again later, or name nodes that you know with ' +
                    '--node <url>.',
            },
        );
    }
}

/** A window that the market does not allow. */
export class WindowTooLongError extends CocoonError {
    override readonly name = 'WindowTooLongError';
    readonly code = 'WINDOW_TOO_LONG';

    constructor(
        window: 'bidding' | 'working',
        readonly seconds: number,
        readonly most: number,
    ) {
        const flag = window === 'bidding' ? '--bid-window' : '--commit-window';
        super(
            `The market allows at most ${most} s for ${window}, and ${seconds} s are asked for.`,
            {
                hint: `Nothing was posted. Choose a shorter time with ${flag}.`,
            },
        );
    }
}

/** A step of a submission that can go on no more. */
export class SubmissionEndedError extends CocoonError {
    override readonly name = 'SubmissionEndedError';
    readonly code = 'JOB_ENDED';

    constructor(id: string, reason: string, hint: string) {
        super(`Job ${id} ended without a result: ${reason}`, { hint });
    }
}

/** The posting of a job was never seen on the chain. */
export class NeverPostedError extends CocoonError {
    override readonly name = 'NeverPostedError';
    readonly code = 'JOB_NEVER_POSTED';

    constructor(readonly id: string) {
        super(`Job ${id} is not on the chain: its posting never arrived, or not yet.`, {
            hint: `"cocoon submit --resume ${id}" posts it; it is never paid twice.`,
        });
    }
}

/** A submission of which nothing was ever sent. */
export class NeverBegunError extends CocoonError {
    override readonly name = 'NeverBegunError';
    readonly code = 'JOB_NEVER_BEGUN';

    constructor(readonly id: string) {
        super(`Job ${id} was interrupted before anything was posted or paid.`, {
            hint: 'Submit it again.',
        });
    }
}

/** The node delivered only a part of what it committed to. */
export class ResultsIncompleteError extends CocoonError {
    override readonly name = 'ResultsIncompleteError';
    readonly code = 'RESULTS_INCOMPLETE';

    constructor(
        readonly id: string,
        readonly missing: number,
        readonly items: number,
        folder: string,
    ) {
        super(`The node did not deliver ${missing} of ${items} results of job ${id}.`, {
            hint: `What came is in ${folder}. The job was not accepted; submit the rest again.`,
        });
    }
}

const NEEDED = {
    inputs: ' Nodes fetch the inputs from here, so continue soon: else the winner gives the job back.',
    key: ' The winner is given the key of the job from here, so continue soon: else it gives the job back.',
} as const;

/** Somebody ended the command, and the job goes on without it. */
export class JobInterruptedError extends InterruptedError {
    override readonly hint: string;

    constructor(
        readonly id: string,
        /** What the winner may still need of this machine. */
        needed: 'inputs' | 'key' | undefined,
    ) {
        super();
        this.hint =
            `Job ${id} goes on without this command. "cocoon result ${id}" continues, and ` +
            `"cocoon status ${id}" says what happens by itself.` +
            (needed === undefined ? '' : NEEDED[needed]);
    }
}
