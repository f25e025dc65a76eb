import { CocoonError } from '../../protocol';

/** Another node works on the same state. */
export class StateInUseError extends CocoonError {
    override readonly name = 'StateInUseError';
    readonly code = 'STATE_IN_USE';

    constructor(
        readonly folder: string,
        /** Process id of the other node, on its host. */
        readonly pid: number,
        readonly host: string,
    ) {
        super(`Process ${pid} on ${host} runs a node on the state in ${folder}.`, {
            hint: 'Stop the other node, or give this one a folder and a stake of its own.',
        });
    }
}

/** The state cannot be read any more. */
export class StateDamagedError extends CocoonError {
    override readonly name = 'StateDamagedError';
    readonly code = 'STATE_DAMAGED';

    constructor(
        readonly folder: string,
        detail: string,
        cause?: unknown,
    ) {
        super(`The state in ${folder} is damaged: ${detail}`, {
            hint:
                'Restore a copy. Without one, pause the stake until its open jobs have ended, ' +
                'rename the folder and start anew: the node forgets what it has signed.',
            cause,
        });
    }
}

/** What was to be kept is not on disk: there is no room, or the disk fails. */
export class StateUnwritableError extends CocoonError {
    override readonly name = 'StateUnwritableError';
    readonly code = 'STATE_UNWRITABLE';

    constructor(
        readonly folder: string,
        cause: Error,
    ) {
        super(`The state in ${folder} cannot be written: ${cause.message.replace(/\.$/, '')}.`, {
            hint: 'Make room on the disk; nothing is signed that is not on it, and the node goes on by itself.',
            cause,
        });
    }
}

/** The state was written by another version, or for another stake. */
export class StateForeignError extends CocoonError {
    override readonly name = 'StateForeignError';
    readonly code = 'STATE_FOREIGN';

    constructor(
        readonly folder: string,
        detail: string,
        hint: string,
    ) {
        super(`The state in ${folder} ${detail}`, { hint });
    }
}
