import { CocoonError } from '../protocol';
import { explainExitCode, type JobOutcome } from '../wrappers';

/** No connection to the endpoint of the chain. */
export class EndpointUnreachableError extends CocoonError {
    override readonly name = 'EndpointUnreachableError';
    readonly code = 'ENDPOINT_UNREACHABLE';

    constructor(
        readonly endpoint: string,
        cause?: unknown,
    ) {
        super(`The endpoint ${endpoint} cannot be reached.`, {
            hint: 'Check the address and that the server runs, or take another endpoint.',
            cause,
        });
    }
}

/** The endpoint did not answer in time. */
export class EndpointTimeoutError extends CocoonError {
    override readonly name = 'EndpointTimeoutError';
    readonly code = 'ENDPOINT_TIMEOUT';

    constructor(
        readonly endpoint: string,
        cause?: unknown,
    ) {
        super(`The endpoint ${endpoint} did not answer in time.`, {
            hint: 'Try again, raise timeoutMs, or take another endpoint.',
            cause,
        });
    }
}

/** The endpoint asks for fewer requests, or is overloaded. */
export class EndpointBusyError extends CocoonError {
    override readonly name = 'EndpointBusyError';
    readonly code = 'ENDPOINT_BUSY';

    constructor(
        readonly endpoint: string,
        readonly status: number,
    ) {
        super(`The endpoint ${endpoint} is busy (HTTP ${status}).`, {
            hint: 'Wait, poll less often, or use an API key.',
        });
    }
}

/** An account does not hold what its contract would. */
export class AccountDataError extends CocoonError {
    override readonly name = 'AccountDataError';
    readonly code = 'ACCOUNT_DATA_MALFORMED';

    constructor(
        /** What was looked for. */
        readonly what: string,
        cause?: unknown,
    ) {
        super(`The data of the account cannot be read for ${what}.`, {
            hint: 'Check that the address is that of an Escrow of this market, and try another endpoint.',
            cause,
        });
    }
}

/** The endpoint answered with something that is no answer of toncenter v2. */
export class EndpointReplyError extends CocoonError {
    override readonly name = 'EndpointReplyError';
    readonly code = 'ENDPOINT_REPLY_MALFORMED';

    constructor(
        readonly endpoint: string,
        readonly detail: string,
        cause?: unknown,
    ) {
        super(`The endpoint ${endpoint} gave an answer that cannot be read: ${detail}`, {
            hint: 'Check that the URL is a JSON-RPC endpoint of toncenter v2.',
            cause,
        });
    }
}

/** The endpoint tells less than was already seen: it lags, or keeps something back. */
export class EndpointBehindError extends CocoonError {
    override readonly name = 'EndpointBehindError';
    readonly code = 'ENDPOINT_BEHIND';

    constructor(
        readonly endpoint: string,
        detail: string,
    ) {
        super(`The endpoint ${endpoint} is behind: ${detail}.`, {
            hint: 'Wait until it has caught up, or take another endpoint.',
        });
    }
}

/** Endpoints of one chain contradict each other about what something rests on. */
export class EndpointsDisagreeError extends CocoonError {
    override readonly name = 'EndpointsDisagreeError';
    readonly code = 'ENDPOINTS_DISAGREE';

    constructor(
        /** What was asked for, as part of a sentence. */
        readonly about: string,
        readonly endpoints: readonly string[],
    ) {
        super(`${endpoints.join(' and ')} contradict each other about ${about}.`, {
            hint: 'Find out which one is wrong and take another in its place; three outvote one.',
        });
    }
}

/** An account did not accept an external message. */
export class ExternalRefusedError extends CocoonError {
    override readonly name = 'ExternalRefusedError';
    readonly code = 'EXTERNAL_REFUSED';

    constructor(
        /** Exit code of the contract, where the endpoint told it; see `EXIT_CODES`. */
        readonly exitCode: number | undefined,
        readonly detail: string,
    ) {
        const why = exitCode === undefined ? '' : ` ${explainExitCode(exitCode)}`;
        super(`The contract did not accept the message.${why}`, {
            hint: 'Read the state again: its time may be over, or somebody was faster.',
        });
    }
}

/** A getter of a contract failed. */
export class GetterFailedError extends CocoonError {
    override readonly name = 'GetterFailedError';
    readonly code = 'GETTER_FAILED';

    constructor(
        readonly getter: string,
        readonly exitCode: number,
    ) {
        super(`The getter ${getter} failed with exit code ${exitCode}.`, {
            hint: 'Check the address: the contract may not be deployed, or be another one.',
        });
    }
}

/** The wallet has less than the message needs. */
export class InsufficientFundsError extends CocoonError {
    override readonly name = 'InsufficientFundsError';
    readonly code = 'INSUFFICIENT_FUNDS';

    constructor(
        /** nanoGRAM */
        readonly needed: bigint,
        /** nanoGRAM */
        readonly balance: bigint,
    ) {
        super(`The wallet has ${balance} nanoGRAM, and ${needed} are needed.`, {
            hint: 'Send GRAM to the wallet, or lower the ceiling of the job.',
        });
    }
}

/** A message of a wallet did not reach the chain before it expired. */
export class WalletMessageLostError extends CocoonError {
    override readonly name = 'WalletMessageLostError';
    readonly code = 'WALLET_MESSAGE_LOST';

    constructor(readonly seqno: number) {
        super(`The message ${seqno} of the wallet expired before a block took it.`, {
            hint: 'Nothing was paid; send it again.',
        });
    }
}

/** The Market or the Escrow refused to take the job, and the money comes back. */
export class PostRefusedError extends CocoonError {
    override readonly name = 'PostRefusedError';
    readonly code = 'POST_REFUSED';

    constructor(
        readonly jobId: number,
        /** See `EXIT_CODES`; undefined: the Escrow sent the job back. */
        readonly exitCode: number | undefined,
    ) {
        const by = exitCode === undefined || exitCode >= 340 ? 'Escrow' : 'Market';
        const why = exitCode === undefined ? '' : ` ${explainExitCode(exitCode)}`;
        super(`The ${by} refused job ${jobId}.${why}`, {
            hint: 'Estimate again, keep to the limits of the market, and post once more.',
        });
    }
}

const SURPLUS_PROBLEMS = {
    'not-authorised': [
        'The Escrow knows no such posting key',
        'Authorise the key with depositSurplus, from the wallet of the client.',
    ],
    'parameters-changed': [
        'The Escrow knows older parameters than the market has now',
        'Post one job from the wallet, which brings the new ones.',
    ],
    'too-little': [
        'The surplus of the Escrow does not cover the job',
        'Deposit more, lower the ceiling, or post from the wallet.',
    ],
    'not-open': [
        'The Escrow does not exist yet',
        'Post the first job from the wallet; later ones can be paid from a deposit.',
    ],
} as const;

/** A job cannot be posted from the surplus of its Escrow, nor can anything be deposited there. */
export class SurplusError extends CocoonError {
    override readonly name = 'SurplusError';
    readonly code = 'SURPLUS';

    constructor(
        readonly reason: keyof typeof SURPLUS_PROBLEMS,
        /** nanoGRAM */
        readonly surplus: { readonly available: bigint; readonly needed: bigint },
    ) {
        const [problem, hint] = SURPLUS_PROBLEMS[reason];
        const { available, needed } = surplus;
        const figures =
            reason === 'too-little'
                ? `: ${available} nanoGRAM are there, and at most ${needed} are needed`
                : '';
        super(`${problem}${figures}.`, { hint });
    }
}

/** Nothing has been found about the job that could be disputed now. */
export class NotDisputableError extends CocoonError {
    override readonly name = 'NotDisputableError';
    readonly code = 'NOT_DISPUTABLE';

    constructor(
        readonly jobId: number,
        /** State of the job; undefined where it is not open. */
        readonly state: string | undefined,
    ) {
        super(`Job ${jobId} is ${state ?? 'not open'}: nothing can be disputed.`, {
            hint:
                'A finding can be disputed from the check of a job that its client did not accept, ' +
                'or from the verdict of a jury, until its appeal ends.',
        });
    }
}

/** The Escrow holds no such job. */
export class JobNotOpenError extends CocoonError {
    override readonly name = 'JobNotOpenError';
    readonly code = 'JOB_NOT_OPEN';

    constructor(readonly jobId: number) {
        super(`Job ${jobId} is not open.`, {
            hint: 'It has ended, or was never posted; readJobHistory tells which.',
        });
    }
}

/** The Stake has not been convicted. */
export class NotConvictedError extends CocoonError {
    override readonly name = 'NotConvictedError';
    readonly code = 'NOT_CONVICTED';

    constructor(readonly stake: string) {
        super(`The stake ${stake} is not convicted.`, {
            hint: 'Wait for the deadline of the job: its money comes back by time.',
        });
    }
}

/** The posting was sent and is not seen on chain. */
export class PostTimeoutError extends CocoonError {
    override readonly name = 'PostTimeoutError';
    readonly code = 'POST_TIMEOUT';

    constructor(
        readonly jobId: number,
        readonly timeoutMs: number,
    ) {
        super(`Job ${jobId} did not appear on chain within ${timeoutMs} ms.`, {
            hint: 'Keep the ticket: posting the same id again is safe, it is never paid twice.',
        });
    }
}

const ENDINGS: Record<JobOutcome, string> = {
    accepted: 'It was accepted already; fetch its results from the node while it serves them.',
    cancelled: 'Post it again if it is still wanted.',
    refused: 'Estimate again and post with the job id and value of the new estimate.',
    'no-bid':
        'Raise the ceiling, wait longer for bids, or check that nodes know the model; whyNoBid asks the nodes.',
    'not-committed': 'The node failed and paid for it; post the job again.',
    passed: 'It has passed its check and was paid; fetch its results while its node serves them.',
    'passed-silent':
        'It has passed its check and was paid; follow jobs to their end to have the results.',
    convicted:
        'Its results are wrong: do not use them. The money is back, with a compensation out of ' +
        'the stake of the node, which is convicted; post the job again.',
    conceded:
        'Its results are wrong, as the node itself says: do not use them. The money is back, with ' +
        'a compensation; post the job again.',
    'false-error':
        'The node reported an error where there is a result, and lost its lock. The money is ' +
        'back; post the job again.',
    'provider-convicted':
        'The node was convicted for another job, so do not trust what it delivered. The money is ' +
        'back; post the job again.',
    void: 'No verifier came to a finding, and the money is back; post the job again.',
    'void-paid':
        'No verifier came to a finding, and the node was paid, as the terms offered; fetch its ' +
        'results while its node serves them.',
};

/** A job ended without a result; what it held is back with the client. */
export class JobEndedError extends CocoonError {
    override readonly name = 'JobEndedError';
    readonly code = 'JOB_ENDED';

    constructor(
        readonly jobId: number,
        readonly outcome: JobOutcome,
    ) {
        super(`Job ${jobId} ended without a result: ${outcome}.`, { hint: ENDINGS[outcome] });
    }
}

/** A ticket that cannot be read. */
export class TicketMalformedError extends CocoonError {
    override readonly name = 'TicketMalformedError';
    readonly code = 'TICKET_MALFORMED';

    constructor(readonly detail: string) {
        super(`The ticket cannot be read: ${detail}`, {
            hint: 'Pass the whole text that encodeTicket made; its format is cocoon.ticket/1.',
        });
    }
}

/** A ticket and a job that do not belong together. */
export class TicketMismatchError extends CocoonError {
    override readonly name = 'TicketMismatchError';
    readonly code = 'TICKET_MISMATCH';

    constructor(readonly jobId: number) {
        super(`Job ${jobId} was posted with another spec than the one that is given.`, {
            hint: 'Resume with the spec and the inputs that the ticket was made for.',
        });
    }
}

/** The Stake of a winner names no endpoint. */
export class EndpointMissingError extends CocoonError {
    override readonly name = 'EndpointMissingError';
    readonly code = 'ENDPOINT_MISSING';

    constructor(readonly stake: string) {
        super(`The stake ${stake} names no endpoint of its node.`, {
            hint: 'Ask the operator for it, and pass it as endpoint.',
        });
    }
}
