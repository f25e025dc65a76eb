import * as z from 'zod';
import { comparisonRuleSchema, type ComparisonRule } from './comparison';
import { SpecError, type SchemaIssue } from './errors';
import { sha256, type Hash, type HashHex } from './hash';
import {
    MAX_BATCH_BYTES,
    MAX_ITEM_BYTES,
    MAX_JOB_ITEMS,
    MAX_JOB_SPEC_BYTES,
    MAX_SOURCES,
} from './limits';
import { comparisonIssues, type ModelManifest } from './manifest';
import { merkleRoot } from './merkle';
import { encodeDocument, hashHexSchema, parseDocument, wholeNumber } from './schema';
import { isBlobStoreUrl } from './source';

/** One batch of a job's items, as a blob. */
export interface InputBatch {
    readonly sha256: HashHex;
    /** Size of the blob. */
    readonly bytes: number;
    /** Number of items in it. */
    readonly items: number;
}

/** The items of a job. */
export interface JobInputs {
    /**
     * Root of the Merkle tree whose leaf data are the items' hashes; see `inputsRoot`. Sealed inputs
     * count as they are, sealed: a hash of what is inside would tell whoever guesses it.
     */
    readonly root: HashHex;
    /** Number of items in all batches. */
    readonly count: number;
    /** Batches in the order of the items; see `encodeBatch`. */
    readonly batches: readonly InputBatch[];
}

/** What one item may take. An item over a limit gets an error leaf. */
export interface JobLimits {
    /** Milliseconds that the model may run. */
    readonly msPerItem: number;
    /** Bytes of the encoded output item. */
    readonly outputBytesPerItem: number;
    /** Bytes of memory of the process that runs the model. */
    readonly memoryBytes: number;
}

/** Who may read inputs and outputs. */
export type Privacy =
    | { readonly mode: 'public' }
    | {
          readonly mode: 'sealed';
          /** SHA-256 of the content key, which the winner is given. */
          readonly keyHash: HashHex;
          /** What commits to the key of each item; see `itemKeysRoot`. */
          readonly itemKeys: HashHex;
          /** 32 random bytes with which the client finds the key again; see `deriveContentKey`. */
          readonly salt: HashHex;
          /**
           * When nodes are given the key: the winner once it has won, or some of them before there
           * are bids, so that the client may go away; who has none then cannot do the job.
           */
          readonly handover: 'award' | 'before';
      };

/** How a client comes by its results. */
export interface JobDelivery {
    /**
     * Whether it also reaches nodes without a public address, over the peer-to-peer network. Nodes
     * that have none leave other jobs alone.
     */
    readonly peers: boolean;
    /**
     * Whether WebRTC is its only way there, as it is for pages in browsers; it is not unless set.
     * Nodes without a public address that no browser can dial leave such jobs alone.
     */
    readonly webRtcOnly?: boolean;
}

/**
 * What a job asks for. Its canonical JSON is hashed with SHA-256, and that hash stands on chain
 * beside the money.
 */
export interface JobSpec {
    readonly format: 'cocoon.job/1';
    /** Identity of the model; see `manifestHash`. */
    readonly model: HashHex;
    readonly inputs: JobInputs;
    /** Base URLs of blob stores that have the manifest and the batches; see `blobUrl`. */
    readonly sources: readonly string[];
    /** Replaces the rule of the manifest. */
    readonly comparison?: ComparisonRule;
    readonly limits: JobLimits;
    readonly privacy: Privacy;
    /** How the client comes by its results; from public URLs alone unless set. */
    readonly delivery?: JobDelivery;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_MEMORY_BYTES = 1024 ** 4;

const inputsSchema = z
    .strictObject({
        root: hashHexSchema,
        count: wholeNumber(1, MAX_JOB_ITEMS),
        batches: z
            .array(
                z.strictObject({
                    sha256: hashHexSchema,
                    bytes: wholeNumber(1, MAX_BATCH_BYTES),
                    items: wholeNumber(1, MAX_JOB_ITEMS),
                }),
            )
            .min(1),
    })
    .refine(({ count, batches }) => batches.reduce((sum, { items }) => sum + items, 0) === count, {
        path: ['count'],
        message: 'has to be the number of items in all batches',
    });

const jobSpecSchema: z.ZodType<JobSpec> = z.strictObject({
    format: z.literal('cocoon.job/1'),
    model: hashHexSchema,
    inputs: inputsSchema,
    sources: z
        .array(
            z
                .string()
                .refine(
                    isBlobStoreUrl,
                    'has to be an http or https URL without a query, or the address of a peer',
                ),
        )
        .max(MAX_SOURCES),
    comparison: comparisonRuleSchema.exactOptional(),
    limits: z.strictObject({
        msPerItem: wholeNumber(1, DAY_MS),
        outputBytesPerItem: wholeNumber(1, MAX_ITEM_BYTES),
        memoryBytes: wholeNumber(1, MAX_MEMORY_BYTES),
    }),
    privacy: z.discriminatedUnion('mode', [
        z.strictObject({ mode: z.literal('public') }),
        z.strictObject({
            mode: z.literal('sealed'),
            keyHash: hashHexSchema,
            itemKeys: hashHexSchema,
            salt: hashHexSchema,
            handover: z.enum(['award', 'before']),
        }),
    ]),
    delivery: z
        .strictObject({ peers: z.boolean(), webRtcOnly: z.boolean().exactOptional() })
        .exactOptional(),
});

function specError(issues: readonly SchemaIssue[], cause?: unknown): SpecError {
    return new SpecError(issues, cause);
}

/**
 * Encodes a job spec as canonical JSON.
 *
 * @throws SpecError `SPEC_INVALID`, also over 64 KiB.
 */
export function encodeJobSpec(spec: JobSpec): Uint8Array {
    return encodeDocument(jobSpecSchema, spec, MAX_JOB_SPEC_BYTES, specError);
}

/**
 * Decodes a job spec. What it gives encodes to the same bytes again, so that its hash is the hash
 * of the bytes. Whether it is `public` is for the reader to check.
 *
 * @throws SpecError `SPEC_INVALID`, also for JSON that is not canonical.
 */
export function parseJobSpec(bytes: Uint8Array): JobSpec {
    return parseDocument(jobSpecSchema, bytes, MAX_JOB_SPEC_BYTES, specError);
}

/**
 * Hash of a job spec as it stands on chain: the SHA-256 of its encoded bytes.
 *
 * @throws SpecError `SPEC_INVALID`.
 */
export function jobSpecHash(spec: JobSpec): Hash {
    return sha256(encodeJobSpec(spec));
}

/**
 * Root of a job's inputs: of the Merkle tree whose leaf data are the 32-byte hashes of the encoded
 * items, in order.
 */
export function inputsRoot(itemHashes: Iterable<Hash>): Hash {
    return merkleRoot(itemHashes);
}

/**
 * The comparison rule of a job: its own, or else the one of the model.
 *
 * @throws SpecError `SPEC_INVALID` when its own one does not fit the outputs of the model.
 */
export function comparisonRuleOf(spec: JobSpec, manifest: ModelManifest): ComparisonRule {
    if (spec.comparison === undefined) return manifest.comparison;
    const issues = comparisonIssues(spec.comparison, manifest.outputs);
    if (issues.length > 0) throw specError(issues);
    return spec.comparison;
}
