import { CocoonError, type HashHex } from '../../protocol';

/** Why a place did not give a file. */
export type SourceFailure =
    /** No address of the package registry is known. */
    | 'SOURCE_REGISTRY_UNKNOWN'
    /** Nobody answers there. */
    | 'SOURCE_UNREACHABLE'
    /** It stopped sending. */
    | 'SOURCE_TIMEOUT'
    /** It answered with an HTTP status that is no success. */
    | 'SOURCE_REFUSED'
    /** The package, its version, or the file in it does not exist. */
    | 'SOURCE_MISSING'
    | 'SOURCE_TOO_LARGE'
    /** What it sent is no answer, no archive, or a part of one. */
    | 'SOURCE_MALFORMED';

const HINTS: Record<SourceFailure, string> = {
    SOURCE_REGISTRY_UNKNOWN: 'Set npm_config_registry to the base URL of an npm registry.',
    SOURCE_UNREACHABLE: 'Check the network and the address, or take another source.',
    SOURCE_TIMEOUT: 'Try again later, or take another source.',
    SOURCE_REFUSED: 'Check the address, or take another source.',
    SOURCE_MISSING: 'Check the name, the version and the path, or take another source.',
    SOURCE_TOO_LARGE: 'Check that it is the right file, or raise the limit.',
    SOURCE_MALFORMED: 'Try again, or take another source.',
};

/** A place that should have a file of a model and did not give it. */
export class ModelSourceError extends CocoonError {
    override readonly name = 'ModelSourceError';

    constructor(
        readonly code: SourceFailure,
        message: string,
        cause?: unknown,
    ) {
        super(message, { hint: HINTS[code], cause });
    }
}

/** A file of a model that no source gave, with what each of them said. */
export class ModelFileUnavailableError extends CocoonError {
    override readonly name = 'ModelFileUnavailableError';
    readonly code = 'MODEL_FILE_UNAVAILABLE';

    constructor(
        /** Path of the file in the manifest. */
        readonly path: string,
        readonly sha256: HashHex,
        /** One sentence for each place that was tried, in order. */
        readonly attempts: readonly string[],
    ) {
        const tried = attempts.length === 0 ? 'It names no place to try.' : attempts.join(' ');
        super(`The model's file ${path} (${sha256}) could not be had. ${tried}`, {
            hint: 'Name a blob store that has it, or put the file there yourself.',
        });
    }
}
