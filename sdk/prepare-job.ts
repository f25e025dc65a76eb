import {
    type ComparisonRule,
    comparisonRuleOf,
    encodeBatch,
    encodeItem,
    encodeJobSpec,
    encodeManifest,
    type Hash,
    hashToHex,
    inputsRoot,
    type Item,
    itemHash,
    type JobDelivery,
    type JobLimits,
    type JobSpec,
    type ModelManifest,
    type SealingSuite,
    sha256,
} from '../protocol';
import type { JobSealing } from './job-sealing';

export interface JobDescription {
    readonly manifest: ModelManifest;
    /** Items, or their encoded bytes, in order; at least one. */
    readonly items: readonly (Item | Uint8Array)[];
    /** Base URLs of the blob stores that will have the manifest and the inputs. */
    readonly sources: readonly string[];
    /** What one item may take; 10 s, 64 KiB of output and 2 GiB of memory unless set. */
    readonly limits?: Partial<JobLimits>;
    readonly comparison?: JobSpec['comparison'];
    /** Inputs and outputs are sealed with this, see `createSealing`; they are public unless set. */
    readonly sealing?: Pick<JobSealing, 'contentKey' | 'inputs'> | undefined;
    /** What items are sealed with; the portable suite unless set. */
    readonly suite?: SealingSuite | undefined;
    /** How results come to the client; from public URLs alone unless set. */
    readonly delivery?: JobDelivery;
    /** Bytes of one batch of inputs at most; 16 MiB unless set. */
    readonly maxBatchBytes?: number;
}

/** A job with all its bytes; what it costs and who may see it is not decided yet. */
export interface PreparedJob {
    readonly spec: JobSpec;
    /** Hash of the spec, as it stands on chain. */
    readonly specHash: Hash;
    /** Hash of the manifest: the model. */
    readonly model: Hash;
    /** How results are compared when the job is checked: that of the spec, or else of the model. */
    readonly comparison: ComparisonRule;
    /** Hash of each encoded item, in order; of a sealed job, of each sealed one. */
    readonly inputHashes: readonly Hash[];
    readonly specBytes: Uint8Array;
    /** Manifest and batches of inputs: what `sources` have to serve. */
    readonly blobs: readonly Uint8Array[];
    /** Of a sealed job, 32 bytes that are in none of the others. */
    readonly contentKey?: Uint8Array | undefined;
}

const DEFAULT_LIMITS: JobLimits = {
    msPerItem: 10_000,
    outputBytesPerItem: 64 * 1024,
    memoryBytes: 2 * 1024 ** 3,
};
const MAX_BATCH_BYTES = 16 * 1024 ** 2;
/** Most that one item's frame takes in a batch. */
const FRAME_BYTES = 6;

/**
 * Describes a job: encodes the items, joins them to batches and writes the spec.
 *
 * @throws SpecError, ManifestError, ItemError, TensorError where a part breaks its format
 */
export function prepareJob(description: JobDescription): PreparedJob {
    const { manifest, sources, comparison, maxBatchBytes = MAX_BATCH_BYTES } = description;
    const { items, sealing } = description;
    const sealed = sealing?.inputs(items.length, description.suite);
    const encoded = items.map((item, index) => {
        const plain = item instanceof Uint8Array ? item : encodeItem(item);
        return sealed?.seal(index, plain) ?? plain;
    });
    const inputHashes = encoded.map(itemHash);
    const batches = splitBatches(encoded, maxBatchBytes).map((items) => ({
        bytes: encodeBatch(items),
        items: items.length,
    }));
    const manifestBytes = encodeManifest(manifest);
    const model = sha256(manifestBytes);
    const spec: JobSpec = {
        format: 'cocoon.job/1',
        model: hashToHex(model),
        inputs: {
            root: hashToHex(inputsRoot(inputHashes)),
            count: encoded.length,
            batches: batches.map(({ bytes, items }) => ({
                sha256: hashToHex(sha256(bytes)),
                bytes: bytes.length,
                items,
            })),
        },
        sources,
        ...(comparison !== undefined && { comparison }),
        limits: { ...DEFAULT_LIMITS, ...description.limits },
        privacy: sealed?.privacy ?? { mode: 'public' },
        ...(description.delivery !== undefined && { delivery: description.delivery }),
    };
    const specBytes = encodeJobSpec(spec);
    return {
        spec,
        specHash: sha256(specBytes),
        model,
        comparison: comparisonRuleOf(spec, manifest),
        inputHashes,
        specBytes,
        blobs: [manifestBytes, ...batches.map(({ bytes }) => bytes)],
        contentKey: sealing?.contentKey,
    };
}

/** Splits encoded items, in order, so that no batch is over a size unless one item alone is. */
export function splitBatches(
    items: readonly Uint8Array[],
    maxBytes: number = MAX_BATCH_BYTES,
): Uint8Array[][] {
    const batches: Uint8Array[][] = [];
    let current: Uint8Array[] = [];
    let bytes = 0;
    for (const item of items) {
        const size = item.length + FRAME_BYTES;
        if (current.length > 0 && bytes + size > maxBytes) {
            batches.push(current);
            current = [];
            bytes = 0;
        }
        current.push(item);
        bytes += size;
    }
    if (current.length > 0) batches.push(current);
    return batches;
}
