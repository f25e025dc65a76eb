import { CocoonError, type HashHex } from '../protocol';

/** No source has a blob. */
export class BlobUnavailableError extends CocoonError {
    override readonly name = 'BlobUnavailableError';
    readonly code = 'BLOB_UNAVAILABLE';

    constructor(
        readonly sha256: HashHex,
        /** What each source answered. */
        readonly attempts: readonly string[],
    ) {
        super(`No source has the blob ${sha256} (${attempts.join('; ') || 'none is named'}).`, {
            hint: 'Check that a source serves it and can be reached.',
        });
    }
}

/** A source gave other bytes than those that were asked for, or too many. */
export class BlobMismatchError extends CocoonError {
    override readonly name = 'BlobMismatchError';

    constructor(
        readonly code: 'BLOB_HASH_MISMATCH' | 'BLOB_TOO_LARGE' | 'BLOB_REFUSED',
        readonly sha256: HashHex,
        detail: string,
    ) {
        super(`The blob ${sha256} ${detail}.`, {
            hint: 'Do not use the bytes; ask another source.',
        });
    }
}

/** A source accepted a request and then sent nothing, or next to nothing. */
export class TransferStalledError extends CocoonError {
    override readonly name = 'TransferStalledError';
    readonly code = 'TRANSFER_STALLED';

    constructor(
        readonly host: string,
        /** Bytes that had come. */
        readonly received: number,
        readonly timeoutMs: number,
    ) {
        super(`${host} stalled: ${received} bytes came, and too little within ${timeoutMs} ms.`, {
            hint: 'Try again, raise timeoutMs on a slow line, or ask another source.',
        });
    }
}

/** A source answered with an HTTP status that is no success. */
export class TransferRefusedError extends CocoonError {
    override readonly name = 'TransferRefusedError';
    readonly code = 'TRANSFER_REFUSED';

    constructor(
        readonly host: string,
        readonly status: number,
    ) {
        super(`${host} answered with HTTP ${status}.`, {
            hint: 'Check that the source has it, or ask another one.',
        });
    }
}

/** The node that committed a result does not serve it. */
export class ResultsUnavailableError extends CocoonError {
    override readonly name = 'ResultsUnavailableError';
    readonly code = 'RESULTS_UNAVAILABLE';

    constructor(
        readonly endpoint: string,
        cause?: unknown,
    ) {
        const reason = cause instanceof Error ? `: ${cause.message}` : '';
        super(`The node at ${endpoint} does not serve the results${reason}`, {
            hint: 'Try again before the time to accept is over, and do not accept without them.',
            cause,
        });
    }
}

/** Why results are not those that were committed. */
export type ResultRefusal =
    /** The node's document or batches break their format or the limits of the job. */
    | 'malformed'
    /** Not one outcome for each item. */
    | 'count'
    /** The leaves do not make the root that is on chain. */
    | 'root'
    /** The chain counts other failures than the results hold, so that the price is wrong. */
    | 'faulty';

/** Results that must not be used: they are not what the node committed to. */
export class ResultRefusedError extends CocoonError {
    override readonly name = 'ResultRefusedError';
    readonly code = 'RESULT_REFUSED';

    constructor(
        readonly reason: ResultRefusal,
        detail: string,
        cause?: unknown,
    ) {
        super(`The results are refused: ${detail}`, {
            hint: 'Do not accept the job: acceptance waives recourse. Fetch again or dispute.',
            cause,
        });
    }
}
