import { CocoonError } from '../../protocol';

/** Something of a client that only a wallet can do, and there is none. */
export class NoSenderError extends CocoonError {
    override readonly name = 'NoSenderError';
    readonly code = 'NO_SENDER';

    constructor(what: string) {
        super(`There is no wallet to ${what} with.`, {
            hint: 'Connect a wallet, and give it to createCocoon as sender.',
        });
    }
}

/** The user said no in the wallet. */
export class UserDeclinedError extends CocoonError {
    override readonly name = 'UserDeclinedError';
    readonly code = 'USER_DECLINED';

    constructor(cause?: unknown) {
        super('The payment was declined in the wallet.', {
            hint: 'Nothing was paid. Submit the job again when the user wants to.',
            cause,
        });
    }
}

/** The wallet of the sender is not the one that the job was estimated for. */
export class WalletSwitchedError extends CocoonError {
    override readonly name = 'WalletSwitchedError';
    readonly code = 'WALLET_SWITCHED';

    constructor(
        readonly expected: string,
        readonly connected: string | undefined,
    ) {
        const now =
            connected === undefined ? 'no wallet is connected' : `${connected} is connected`;
        super(`The job is for the wallet ${expected}, and ${now}.`, {
            hint: 'Nothing was paid. Connect that wallet again, or submit the job anew.',
        });
    }
}

/** The wallet is on another network than the market. */
export class WalletNetworkError extends CocoonError {
    override readonly name = 'WalletNetworkError';
    readonly code = 'WALLET_ON_OTHER_NETWORK';

    constructor(
        /** Global ids. */
        readonly expected: number,
        readonly connected: number,
    ) {
        super(`The wallet is on the network ${connected}, and the market is on ${expected}.`, {
            hint: 'Nothing was paid. Switch the network in the wallet, and connect it again.',
        });
    }
}

/** No node of the market can be found. */
export class NoNodesFoundError extends CocoonError {
    override readonly name = 'NoNodesFoundError';
    readonly code = 'NODES_UNKNOWN';

    constructor() {
        super('The market shows no node that could do the job.', {
            hint: 'Nothing was paid. Try again later, or name nodes in `nodes`.',
        });
    }
}

/** No node and no store took the inputs. */
export class InputsRefusedError extends CocoonError {
    override readonly name = 'InputsRefusedError';
    readonly code = 'INPUTS_NOT_OFFERED';

    constructor(readonly reasons: readonly string[]) {
        super(`Nobody took the inputs: ${reasons.slice(0, 3).join(' ')}`, {
            hint: 'Nothing was paid. Send smaller inputs, or name a store of your own in `stores`.',
        });
    }
}

/** A client has no record of a job. */
export class JobUnknownError extends CocoonError {
    override readonly name = 'JobUnknownError';
    readonly code = 'JOB_UNKNOWN';

    constructor(readonly id: string) {
        super(`Nothing is kept of a job ${JSON.stringify(id.slice(0, 100))}.`, {
            hint: 'jobs() lists those that are kept here.',
        });
    }
}

/** The Escrow never took a job, and never will. */
export class NeverPostedError extends CocoonError {
    override readonly name = 'NeverPostedError';
    readonly code = 'JOB_NEVER_POSTED';

    constructor(readonly reason: 'refused' | 'id-taken') {
        super('The job was never posted: its Escrow sent it back, or gave its id to another one.', {
            hint: 'What was sent came back. Submit the job anew.',
        });
    }
}

/** No node took the key of a sealed job that was to be left with it. */
export class KeyRefusedError extends CocoonError {
    override readonly name = 'KeyRefusedError';
    readonly code = 'KEY_NOT_LEFT';

    constructor(readonly reasons: readonly string[]) {
        super(`No node took the key of the job: ${reasons.slice(0, 3).join(' ')}`, {
            hint: 'Nothing was paid. Name other nodes, or stay until the job is won.',
        });
    }
}

/** A sealed job can only be recovered with the secret that it was sealed with. */
export class NoSecretError extends CocoonError {
    override readonly name = 'NoSecretError';
    readonly code = 'NO_SECRET';

    constructor() {
        super('There is no secret to recover a job with.', {
            hint: 'Give the one that the job was submitted with to createCocoon as secret.',
        });
    }
}
