import { CocoonError } from '../protocol';

/** An endpoint answers with a history that cannot be. */
export class HistoryUnlinkedError extends CocoonError {
    override readonly name = 'HistoryUnlinkedError';
    readonly code = 'HISTORY_UNLINKED';

    constructor(
        readonly account: string,
        readonly lt: bigint,
    ) {
        super(`The transactions of ${account} are not linked by their hashes at ${lt}.`, {
            hint: 'Use another endpoint; nothing of this answer was kept.',
        });
    }
}

/** The history that the index knows is not that of the chain any more. */
export class HistoryForeignError extends CocoonError {
    override readonly name = 'HistoryForeignError';
    readonly code = 'HISTORY_FOREIGN';

    constructor(readonly account: string) {
        super(`The history of ${account} is not the one that was indexed.`, {
            hint: 'The chain was started anew, or the endpoint lies; the index begins anew when it stays so.',
        });
    }
}

/** Another process writes into the same index. */
export class IndexInUseError extends CocoonError {
    override readonly name = 'IndexInUseError';
    readonly code = 'INDEX_IN_USE';

    constructor(readonly folder: string) {
        super(`Another program writes into the index in ${folder}.`, {
            hint: 'Stop it, or give this one a folder of its own.',
        });
    }
}

/** The database of the index cannot be opened. */
export class IndexDamagedError extends CocoonError {
    override readonly name = 'IndexDamagedError';
    readonly code = 'INDEX_DAMAGED';

    constructor(
        readonly folder: string,
        cause: unknown,
    ) {
        super(`The index in ${folder} does not open.`, {
            hint: 'Remove the folder: the index is made from the chain again.',
            cause,
        });
    }
}
