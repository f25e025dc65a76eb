import { BlobUnavailableError } from '../sdk';
import type { AwaitedBlobs, BlobWait } from './awaited-blobs';
import type { PassError, PassReason } from './errors';

/** Before the first new look at a job that could not be had, and the longest, milliseconds. */
const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;
/** Looks by time at a job whose blobs are nowhere that its client named: strangers are asked. */
const LOOKS_AT_NAMED = 6;
/** Reasons that pass when somebody brings a blob. */
const MISSING: ReadonlySet<PassReason> = new Set([
    'spec-unavailable',
    'manifest-unavailable',
    'inputs-unavailable',
]);

export interface BlobPatienceOptions {
    readonly awaited: AwaitedBlobs;
    readonly client: Parameters<AwaitedBlobs['enter']>[0];
    /** From 0 to under 1. */
    readonly random: () => number;
    /** Told when what is missing has come. */
    readonly onArrival: () => void;
}

/** How long a job waits for blobs that it could not get. */
export class BlobPatience {
    readonly #options: BlobPatienceOptions;
    #wait: BlobWait | undefined;
    #looks = 0;

    constructor(options: BlobPatienceOptions) {
        this.#options = options;
    }

    /** Whether the job has waited, and may again. */
    get waits(): boolean {
        return this.#wait !== undefined;
    }

    /**
     * After how many milliseconds a job is looked at again, `Infinity` where only an arrival or an
     * offer changes anything; undefined where it is to be passed.
     */
    next(lack: PassError): number | undefined {
        if (!MISSING.has(lack.reason)) return undefined;
        const { awaited, client, random, onArrival } = this.#options;
        this.#wait ??= awaited.enter(client, onArrival);
        if (this.#wait === undefined) return undefined;
        const { cause } = lack;
        const sha256 = cause instanceof BlobUnavailableError ? cause.sha256 : undefined;
        if (this.#wait.need(sha256)) return 0;
        const named = lack.reason !== 'spec-unavailable';
        if (named && this.#looks >= LOOKS_AT_NAMED) return Infinity;
        const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#looks++);
        // Not at the same moment as all others.
        return ms * (0.75 + random() / 2);
    }

    end(): void {
        this.#wait?.end();
        this.#wait = undefined;
    }
}
