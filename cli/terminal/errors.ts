import { CocoonError } from '../../protocol';

/** The command line was not understood. */
export class UsageError extends CocoonError {
    override readonly name = 'UsageError';
    readonly code = 'USAGE';

    constructor(message: string, hint = 'Add --help to see what there is.') {
        super(message, { hint });
    }
}

/** A question has to be answered, and nobody is there. */
export class NotInteractiveError extends CocoonError {
    override readonly name = 'NotInteractiveError';
    readonly code = 'NOT_INTERACTIVE';

    constructor(question: string, hint: string) {
        super(`Somebody has to answer "${question}", and this is no terminal.`, { hint });
    }
}

/** The user said no. */
export class DeclinedError extends CocoonError {
    override readonly name = 'DeclinedError';
    readonly code = 'DECLINED';

    constructor() {
        super('Nothing was done.', { hint: 'Run the command again if it is wanted after all.' });
    }
}

/** A signal, or Ctrl-C in a question, ended the command. */
export class InterruptedError extends CocoonError {
    override readonly name = 'InterruptedError';
    readonly code = 'INTERRUPTED';

    constructor() {
        super('Interrupted.', { hint: 'Run the command again to go on.' });
    }
}

/** Whoever read the output has gone. */
export class OutputClosedError extends CocoonError {
    override readonly name = 'OutputClosedError';
    readonly code = 'OUTPUT_CLOSED';

    constructor() {
        super('Nobody reads the output any more.', { hint: 'Nothing needs to be done.' });
    }
}

/** What failed stands in the answer of the verb already: only the exit code is left to say. */
export class AlreadyToldError extends Error {
    override readonly name = 'AlreadyToldError';
}
