import type { JobOutcome } from '../../../wrappers';
import type { NoBidReason } from '../../../sdk';
import type { PictureText } from '../../../tasks';

/** A picture whose text is read, as the page keeps it: it can be cloned by a structured clone. */
export interface Reading {
    readonly id: string;
    /** Name of the file. */
    readonly name: string;
    readonly picture: Blob;
    /** UNIX time, milliseconds. */
    readonly createdAt: number;
    /** By the name of the model that its job is for. */
    readonly steps: Readonly<Record<string, ReadingStepRecord>>;
    /** What was read; undefined until all steps are done. */
    readonly text?: PictureText;
}

/** One job of a reading, with those before it that came to nothing. */
export interface ReadingStepRecord {
    /** What came out, until the text is there and no result of it can be found wrong any more. */
    readonly outcomes?: readonly KeptOutcome[];
    readonly receipt?: Receipt;
    readonly failures: readonly FailedJob[];
}

/** The outcome of one item; `output` in the encoding of items. */
export type KeptOutcome =
    | { readonly status: 'done'; readonly index: number; readonly output: Uint8Array }
    | { readonly status: 'failed'; readonly index: number; readonly name: string };

/** What was paid, to whom, and on which proof. Amounts nanoGRAM, addresses raw. */
export interface Receipt {
    /** As `Cocoon.jobs` knows it. */
    readonly job: string;
    readonly escrow: string;
    readonly jobId: number;
    readonly winner: string;
    readonly price: bigint;
    readonly items: number;
    /** Items without a result, which are not paid for. */
    readonly failed: number;
    /** The committed root that all results were proved against here, hexadecimal. */
    readonly root: string;
    readonly accepted: boolean;
    /** Whether the job was drawn for a check. */
    readonly checked: boolean;
    /** How it ended; undefined while its check goes on. */
    readonly ending?: Ending;
}

export interface Ending {
    readonly outcome: JobOutcome;
    readonly paid: bigint;
    readonly refund: bigint;
}

/** A job that ended without a result. */
export interface FailedJob {
    readonly jobId: number;
    readonly outcome: JobOutcome;
    /** What came back, nanoGRAM; undefined where that was not seen. */
    readonly refund: bigint | undefined;
    /** Why nobody bid, as nodes say; where that is so, and they could be asked. */
    readonly why?: NoBidAnswer;
}

/** What nodes said, without who said it. */
export interface NoBidAnswer {
    readonly reasons: readonly NoBidReason[];
    /** Nodes that did not answer, or do not know the job. */
    readonly silent: number;
}

/** What the shelf knows the job of a step by. */
export function labelOf(reading: string, step: string): string {
    return `${reading}/${step}`;
}
