import { CocoonError } from '../protocol';

/** A request that the chain's HTTP interface answers with an error status. */
export abstract class RequestError extends CocoonError {
    /** HTTP status of the reply, as toncenter uses it. */
    abstract readonly status: number;
}

/** Parameters or a body that do not have the documented form: HTTP 422. */
export class MalformedRequestError extends RequestError {
    override readonly name = 'MalformedRequestError';
    readonly code = 'DEVNET_MALFORMED_REQUEST';
    readonly status = 422;

    constructor(message: string, cause?: unknown) {
        super(message, { hint: 'Send the parameters that docs/devnet.md names.', cause });
    }
}

/** A method, route, block or transaction that does not exist: HTTP 404. */
export class NotFoundError extends RequestError {
    override readonly name = 'NotFoundError';
    readonly code = 'DEVNET_NOT_FOUND';
    readonly status = 404;

    constructor(message: string, hint: string) {
        super(message, { hint });
    }
}

/** An external message that its account does not accept in its present state: HTTP 500. */
export class ExternalRefusedError extends RequestError {
    override readonly name = 'ExternalRefusedError';
    readonly code = 'DEVNET_EXTERNAL_REFUSED';
    readonly status = 500;

    constructor(
        /** Raw address of the account. */
        readonly account: string,
        /** Exit code of its code, where it ran. */
        readonly exitCode: number | undefined,
        reason: string,
        hint: string,
    ) {
        super(
            'LITE_SERVER_UNKNOWN: cannot apply external message to current state : ' +
                'External message was not accepted\n' +
                `Cannot run message on account ${account}: ${reason}` +
                (exitCode === undefined ? '' : `, exitcode=${exitCode}`),
            { hint },
        );
    }
}

/** Block production failed, so the chain stands still: HTTP 503 for whatever needs a block. */
export class ChainHaltedError extends RequestError {
    override readonly name = 'ChainHaltedError';
    readonly code = 'DEVNET_HALTED';
    readonly status = 503;

    constructor(cause: unknown) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        super(`The chain has halted: ${reason}`, {
            hint: 'Read the cause, then restart the devnet; what was in finished blocks is kept.',
            cause,
        });
    }
}

/** The devnet was stopped while, or before, something was asked of it. */
export class DevnetStoppedError extends RequestError {
    override readonly name = 'DevnetStoppedError';
    readonly code = 'DEVNET_STOPPED';
    readonly status = 503;

    constructor() {
        super('The devnet has been stopped.', { hint: 'Start it again with startDevnet().' });
    }
}

/** The port to listen on is taken. */
export class PortInUseError extends CocoonError {
    override readonly name = 'PortInUseError';
    readonly code = 'DEVNET_PORT_IN_USE';

    constructor(
        readonly host: string,
        readonly port: number,
        cause: unknown,
    ) {
        super(`Port ${port} of ${host} is already in use.`, {
            hint: 'Choose another port, or 0 for any free one.',
            cause,
        });
    }
}

/** A state file that cannot be resumed from. */
export class StateFileError extends CocoonError {
    override readonly name = 'StateFileError';
    readonly code = 'DEVNET_STATE_FILE';

    constructor(
        readonly path: string,
        problem: string,
        hint = 'Move the file away to start a new chain, or restore it from a copy.',
        cause?: unknown,
    ) {
        super(`State file ${path}: ${problem}`, { hint, cause });
    }
}

/** The giver cannot pay what the faucet was asked for. */
export class FaucetEmptyError extends RequestError {
    override readonly name = 'FaucetEmptyError';
    readonly code = 'DEVNET_FAUCET_EMPTY';
    readonly status = 422;

    constructor(readonly nano: bigint) {
        super(`The giver cannot pay ${nano} nano.`, {
            hint: 'Ask for less, or start a chain with a larger supply.',
        });
    }
}

/** An option or argument that has no meaning: HTTP 422. */
export class OptionError extends RequestError {
    override readonly name = 'OptionError';
    readonly code = 'DEVNET_OPTION';
    readonly status = 422;

    constructor(message: string) {
        super(message, { hint: 'See docs/devnet.md for the options and their ranges.' });
    }
}
