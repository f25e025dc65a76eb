import * as z from 'zod';
import { isHashHex, type HashHex, MAX_JOB_ITEMS } from '../protocol';
import { LEAF_RECORD_BYTES } from './result-leaves';

/*
 * What a node serves of a finished job, as JSON at `<endpoint>/results/<escrow>/<job id>`: the hash
 * of the leaves, and the batches in which small outputs travel. Leaves and batches are blobs of the
 * node, and so is each large output, under the hash that its leaf holds.
 *
 * A client makes the root from the leaves and its own inputs, holds it against the one on chain,
 * and then knows the hash of every output before it has fetched one. So nothing in the document has
 * to be believed: it says where to look, and what is found there is held against the leaves.
 */

/** One batch of outputs, as a blob; see `encodeBatch`. */
export interface OutputBatch {
    readonly sha256: HashHex;
    readonly bytes: number;
    /** Outputs in it; one that is the result of several items is there once. */
    readonly items: number;
}

export interface ResultDocument {
    readonly format: 'cocoon.results/1';
    /** Items of the job. */
    readonly count: number;
    /** The blob of the leaves; see `ResultLeaves`. */
    readonly leaves: { readonly sha256: HashHex; readonly bytes: number };
    /** Where leaves find small outputs; a leaf names a batch by its place in this list. */
    readonly batches: readonly OutputBatch[];
}

/**
 * The most batches of one job: a million outputs of 64 KiB, the largest that nodes put into
 * batches, fill half as many.
 */
export const MAX_OUTPUT_BATCHES = 32_768;
/** One batch of outputs, which a client holds in memory; nodes close them at half of that. */
export const MAX_OUTPUT_BATCH_BYTES = 8 * 1024 ** 2;
/** JSON of a document with the most batches, bytes. */
export const MAX_RESULT_DOCUMENT_BYTES = 4 * 1024 ** 2;

const wholeNumber = (min: number, max: number) => z.number().int().min(min).max(max);
const hash = z.custom<HashHex>((text) => typeof text === 'string' && isHashHex(text));

const documentSchema: z.ZodType<ResultDocument> = z
    .strictObject({
        format: z.literal('cocoon.results/1'),
        count: wholeNumber(1, MAX_JOB_ITEMS),
        leaves: z.strictObject({
            sha256: hash,
            bytes: wholeNumber(1, MAX_JOB_ITEMS * LEAF_RECORD_BYTES),
        }),
        batches: z
            .array(
                z.strictObject({
                    sha256: hash,
                    bytes: wholeNumber(1, MAX_OUTPUT_BATCH_BYTES),
                    items: wholeNumber(1, MAX_JOB_ITEMS),
                }),
            )
            .max(MAX_OUTPUT_BATCHES),
    })
    .refine(({ count, leaves }) => leaves.bytes === count * LEAF_RECORD_BYTES, {
        path: ['leaves', 'bytes'],
        message: `has to be ${LEAF_RECORD_BYTES} for each item`,
    })
    .refine(({ count, batches }) => batches.reduce((sum, { items }) => sum + items, 0) <= count, {
        path: ['batches'],
        message: 'have to hold at most one output for each item',
    });

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
