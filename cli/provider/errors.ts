import { CocoonError } from '../../protocol';
import { explainExitCode } from '../../wrappers';

/** This machine is not set up for what was asked. */
export class SetupError extends CocoonError {
    override readonly name = 'SetupError';

    constructor(
        readonly code:
            /** `init` was never run here. */
            | 'SETUP_MISSING'
            /** `init` was run for another network or Market. */
            | 'SETUP_OTHER_MARKET'
            /** Another stake of the home has jobs or checks that have not ended. */
            | 'OTHER_STAKE_BUSY'
            | 'SETUP_DAMAGED'
            /** A newer version of the program has written it. */
            | 'SETUP_NEWER'
            | 'NO_BOOKS'
            /** The keys belong to another owner than the one that was named. */
            | 'OWNER_OTHER'
            /** Clients would not know where to reach the node. */
            | 'PUBLIC_URL_MISSING'
            | 'PEERS_NOT_ON'
            /** No bid could ever be made with as little. */
            | 'STAKE_TOO_SMALL'
            | 'STAKE_NOT_OPEN'
            /** The Stake names another node key, or another URL. */
            | 'STAKE_OTHER_NODE'
            | 'PORT_TAKEN'
            /** The node that this one was restored from still answers. */
            | 'NODE_RUNS_ELSEWHERE',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** Not as much can be withdrawn, or unbonded. */
export class WithdrawError extends CocoonError {
    override readonly name = 'WithdrawError';

    constructor(
        readonly code: 'NOTHING_FREE' | 'TOO_MUCH',
        message: string,
        hint: string,
    ) {
        super(message, { hint });
    }
}

/** A backup cannot be written or restored. */
export class BackupError extends CocoonError {
    override readonly name = 'BackupError';

    constructor(
        readonly code:
            | 'BACKUP_EXISTS'
            | 'BACKUP_MISSING'
            | 'BACKUP_DAMAGED'
            /** A newer version of the program has written it. */
            | 'BACKUP_NEWER'
            | 'HOME_IN_USE',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** The Stake did not do what its owner asked for. */
export class OwnerRefusedError extends CocoonError {
    override readonly name = 'OwnerRefusedError';
    readonly code = 'OWNER_REFUSED';

    constructor(
        says: string,
        /** See `EXIT_CODES`. */
        readonly exitCode: number | undefined,
    ) {
        const why = exitCode === undefined ? '' : ` ${explainExitCode(exitCode)}`;
        super(`The stake refused to ${says}.${why}`, {
            hint: 'Look at "cocoon-provider status" and try again; the money came back.',
        });
    }
}
