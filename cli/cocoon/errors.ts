import { CocoonError } from '../../protocol';

/** A file or folder that was named cannot be used. */
export class InputFileError extends CocoonError {
    override readonly name = 'InputFileError';
    readonly code = 'INPUT_FILE';

    constructor(
        readonly path: string,
        /** The end of the sentence "The file … ". */
        problem: string,
        hint = 'Check the path and its permissions.',
        cause?: unknown,
    ) {
        super(`${path} ${problem}.`, { hint, cause });
    }
}

/** What was given does not make one value for each input of the model. */
export class InputsMismatchError extends CocoonError {
    override readonly name = 'InputsMismatchError';
    readonly code = 'INPUTS_MISMATCH';

    constructor(message: string, hint: string) {
        super(message, { hint });
    }
}

/** The model gave other outputs than the user expects. */
export class OutputsDifferError extends CocoonError {
    override readonly name = 'OutputsDifferError';
    readonly code = 'OUTPUTS_DIFFER';

    constructor(outputs: string) {
        super(`The model gave other outputs than expected: ${outputs}.`, {
            hint: 'Check that inputs and expected outputs belong to this model.',
        });
    }
}

/** A line of a file of items that is none. */
export class ItemLineError extends CocoonError {
    override readonly name = 'ItemLineError';
    readonly code = 'ITEM_LINE_MALFORMED';

    constructor(
        /** `items.jsonl:12`. */
        readonly place: string,
        problem: string,
        hint = 'A line is {"input": {"dtype": "float32", "dims": [1, 2], "data": [0.5, 1]}}.',
        cause?: unknown,
    ) {
        super(`${place}: ${problem}`, { hint, cause });
    }
}

/** Results cannot be written where they should go. */
export class OutputFileError extends CocoonError {
    override readonly name = 'OutputFileError';
    readonly code = 'OUTPUT_FILE';

    constructor(
        readonly path: string,
        problem: string,
        hint = 'Check the path, its permissions and the space on the disk.',
        cause?: unknown,
    ) {
        super(`${path} ${problem}.`, { hint, cause });
    }
}

/** How a failed system call is told: the end of a sentence that begins with a path. */
export function systemProblem(error: unknown): string {
    const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
    return PROBLEMS[code] ?? `cannot be used${code === '' ? '' : ` (${code})`}`;
}

const PROBLEMS: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be opened by this user',
    EPERM: 'may not be opened by this user',
    EISDIR: 'is a folder, not a file',
    ENOTDIR: 'is a file, not a folder',
    ENOSPC: 'does not fit on the disk',
    EROFS: 'is on a file system that takes no changes',
};
