/** What every error of the project is made from, besides its sentence. */
export interface CocoonErrorOptions {
    /** What the reader of the error can do next, as one sentence. */
    readonly hint: string;
    /** The error underneath, if there was one. */
    readonly cause?: unknown;
}

/**
 * The root of all errors of the project.
 *
 * `message` says what is wrong in a sentence, `code` is a stable name that programs may compare,
 * `hint` says what to do next, and what a program needs beside that stands in fields of the
 * subclass. Other folders extend it with classes of their own.
 *
 * @example
 * class BlobMissingError extends CocoonError {
 *     override readonly name = 'BlobMissingError';
 *     readonly code = 'BLOB_MISSING';
 *     constructor(readonly sha256: HashHex) {
 *         super(`No source has the blob ${sha256}.`, { hint: 'Ask the client to serve it.' });
 *     }
 * }
 */
export abstract class CocoonError extends Error {
    abstract readonly code: string;
    readonly hint: string;

    protected constructor(message: string, options: CocoonErrorOptions) {
        super(message, options.cause === undefined ? undefined : { cause: options.cause });
        this.hint = options.hint;
    }

    /**
     * The error as plain JSON data: name, code, message, hint, the fields of the subclass and the
     * chain of causes. Bigints become decimal strings, byte arrays hex strings; the stack is left
     * out.
     */
    toJSON(): Record<string, unknown> {
        const json: Record<string, unknown> = {
            name: this.name,
            code: this.code,
            message: this.message,
            hint: this.hint,
        };
        for (const [field, value] of Object.entries(this)) {
            if (!(field in json) && value !== undefined) json[field] = plain(value);
        }
        if (this.cause !== undefined) json['cause'] = plainCause(this.cause);
        return json;
    }
}

/** Whether a caught value is an error of the project; its `code` can then be compared. */
export function isCocoonError(value: unknown): value is CocoonError {
    return value instanceof CocoonError;
}

function plainCause(cause: unknown): unknown {
    if (cause instanceof CocoonError) return cause.toJSON();
    if (cause instanceof Error) return { name: cause.name, message: cause.message };
    return plain(cause);
}

function plain(value: unknown): unknown {
    if (typeof value === 'bigint') return value.toString();
    if (value instanceof Uint8Array) {
        return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    if (Array.isArray(value)) return value.map(plain);
    return value;
}

/** Bytes or numbers that do not have the form that was asked for. */
export class EncodingError extends CocoonError {
    override readonly name = 'EncodingError';

    constructor(
        readonly code: 'HEX_MALFORMED' | 'HASH_MALFORMED' | 'UTF8_MALFORMED' | 'NUMBER_RANGE',
        message: string,
        hint = 'Pass a value in the documented form.',
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** A document that is not the canonical JSON of its content. */
export class JsonError extends CocoonError {
    override readonly name = 'JsonError';

    constructor(
        readonly code:
            'JSON_VALUE_UNSUPPORTED' | 'JSON_MALFORMED' | 'JSON_NOT_CANONICAL' | 'JSON_TOO_LARGE',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** A tensor that cannot be carried. */
export class TensorError extends CocoonError {
    override readonly name = 'TensorError';
    /** Name of the tensor, where it was known. */
    readonly tensor: string | undefined;

    constructor(
        readonly code:
            | 'TENSOR_MALFORMED'
            | 'TENSOR_NOT_CANONICAL'
            | 'TENSOR_DTYPE_UNSUPPORTED'
            | 'TENSOR_DIMS_INVALID'
            | 'TENSOR_SIZE_MISMATCH'
            | 'TENSOR_VALUE_INVALID'
            | 'TENSOR_EXTERNAL_DATA'
            | 'TENSOR_PLATFORM_UNSUPPORTED',
        message: string,
        options: CocoonErrorOptions & { readonly tensor?: string | undefined },
    ) {
        super(message, options);
        this.tensor = options.tensor;
    }
}

/** An item, or a batch of items, that cannot be carried or does not fit its model. */
export class ItemError extends CocoonError {
    override readonly name = 'ItemError';
    /** Name of the tensor concerned, if it is one tensor. */
    readonly tensor: string | undefined;

    constructor(
        readonly code:
            | 'ITEM_MALFORMED'
            | 'ITEM_NAME_INVALID'
            | 'ITEM_EMPTY'
            | 'ITEM_ZERO_DIMENSION'
            | 'ITEM_TOO_LARGE'
            | 'ITEM_DOES_NOT_FIT_MODEL'
            | 'BATCH_MALFORMED'
            | 'BATCH_TOO_LARGE',
        message: string,
        options: CocoonErrorOptions & { readonly tensor?: string | undefined },
    ) {
        super(message, options);
        this.tensor = options.tensor;
    }
}

/** A leaf that cannot be formed from the given parts. */
export class LeafError extends CocoonError {
    override readonly name = 'LeafError';

    constructor(
        readonly code: 'LEAF_FIELD_INVALID' | 'LEAF_COUNT_INVALID',
        message: string,
        hint: string,
    ) {
        super(message, { hint });
    }
}

/** A Merkle tree or proof that was asked for outside of its bounds. */
export class ProofError extends CocoonError {
    override readonly name = 'ProofError';

    constructor(
        readonly code: 'PROOF_INDEX_OUT_OF_RANGE' | 'TREE_TOO_LARGE',
        message: string,
        hint: string,
    ) {
        super(message, { hint });
    }
}

/** Something sealed, or a key for it, that does not open as what it has to be. */
export class SealError extends CocoonError {
    override readonly name = 'SealError';

    constructor(
        readonly code:
            | 'SEALED_TRUNCATED'
            | 'SEALED_REFUSED'
            | 'PADDING_WRONG'
            | 'KEY_WRONG'
            | 'ENVELOPE_MALFORMED'
            | 'ENVELOPE_REFUSED'
            | 'NODE_KEY_UNUSABLE',
        message: string,
        cause?: unknown,
    ) {
        const hint = 'Ask for it again, from whoever has the key of this very job.';
        super(message, { hint, cause });
    }
}

/** One place of a document that breaks its schema. */
export interface SchemaIssue {
    /** Dotted path to the value, for example `files.0.path`; empty for the whole document. */
    readonly path: string;
    readonly message: string;
}

/** A job spec that breaks its schema. */
export class SpecError extends CocoonError {
    override readonly name = 'SpecError';
    readonly code = 'SPEC_INVALID';

    constructor(
        readonly issues: readonly SchemaIssue[],
        cause?: unknown,
    ) {
        super(`The job spec is not valid: ${describeIssues(issues)}`, {
            hint: 'Correct the named fields; the format is cocoon.job/1.',
            cause,
        });
    }
}

/** A model manifest that breaks its schema. */
export class ManifestError extends CocoonError {
    override readonly name = 'ManifestError';
    readonly code = 'MANIFEST_INVALID';

    constructor(
        readonly issues: readonly SchemaIssue[],
        cause?: unknown,
    ) {
        super(`The model manifest is not valid: ${describeIssues(issues)}`, {
            hint: 'Correct the named fields; the format is cocoon.model/1.',
            cause,
        });
    }
}

/** A comparison rule that breaks its schema. */
export class ComparisonError extends CocoonError {
    override readonly name = 'ComparisonError';
    readonly code = 'COMPARISON_INVALID';

    constructor(
        readonly issues: readonly SchemaIssue[],
        cause?: unknown,
    ) {
        super(`The comparison rule is not valid: ${describeIssues(issues)}`, {
            hint: 'Use the rule of the model manifest, or one of the same form.',
            cause,
        });
    }
}

const SHOWN_ISSUES = 3;

function describeIssues(issues: readonly SchemaIssue[]): string {
    const shown = issues
        .slice(0, SHOWN_ISSUES)
        .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    const more = issues.length - shown.length;
    return shown.join('; ') + (more > 0 ? `; and ${more} more` : '') + '.';
}
