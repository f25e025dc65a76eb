import * as z from 'zod';
import {
    isHashHex,
    type HashHex,
    type ItemErrorCode,
    itemErrorName,
    MAX_BATCH_BYTES,
    MAX_JOB_ITEMS,
} from '../protocol';

/*
 * What a node serves of a finished job, as JSON at `<endpoint>/results/<escrow>/<job id>`: which
 * items have no result and why, and the batches of the outputs of all others, in order. The
 * batches are blobs of the node. The client makes the leaves from its own inputs and from the
 * outputs, so that nothing in the document has to be believed.
 */

/** One batch of outputs, as a blob. */
export interface OutputBatch {
    readonly sha256: HashHex;
    readonly bytes: number;
    readonly items: number;
}

export interface ResultDocument {
    readonly format: 'cocoon.results/1';
    /** Items of the job. */
    readonly count: number;
    /** Index and error code of each item without a result, by index. */
    readonly errors: readonly (readonly [number, ItemErrorCode])[];
    readonly batches: readonly OutputBatch[];
}

const wholeNumber = (max: number) => z.number().int().min(0).max(max);

const documentSchema: z.ZodType<ResultDocument> = z
    .strictObject({
        format: z.literal('cocoon.results/1'),
        count: wholeNumber(MAX_JOB_ITEMS),
        errors: z.array(
            z.tuple([
                wholeNumber(MAX_JOB_ITEMS),
                z.custom<ItemErrorCode>(
                    (code) => typeof code === 'number' && itemErrorName(code) !== undefined,
                ),
            ]),
        ),
        batches: z.array(
            z.strictObject({
                sha256: z.custom<HashHex>((text) => typeof text === 'string' && isHashHex(text)),
                bytes: wholeNumber(MAX_BATCH_BYTES),
                items: wholeNumber(MAX_JOB_ITEMS),
            }),
        ),
    })
    .refine(({ errors, batches, count }) => {
        const outputs = batches.reduce((sum, { items }) => sum + items, 0);
        const ordered = errors.every(([index], at) => index > (errors[at - 1]?.[0] ?? -1));
        return ordered && errors.length + outputs === count && (errors.at(-1)?.[0] ?? -1) < count;
    }, 'has to have one outcome for each item');

/**
 * Reads a document of any origin.
 *
 * @throws z.ZodError where it breaks the format
 */
export function parseResultDocument(value: unknown): ResultDocument {
    return documentSchema.parse(value);
}

/** Path of a job's results below the endpoint of its node. */
export function resultsPath(escrow: { toRawString(): string }, jobId: number): string {
    return `/results/${escrow.toRawString()}/${jobId}`;
}

/** Path of the blob store below the endpoint of a node. */
export const BLOBS_PATH = '/blobs';

/** An endpoint and a path as one URL. */
export function endpointUrl(endpoint: string, path: string): string {
    return `${endpoint.replace(/\/+$/, '')}${path}`;
}
