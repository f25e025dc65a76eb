import {
    blobUrl,
    decodeBatch,
    type Hash,
    hashFromBigInt,
    type HashHex,
    hashToHex,
    inputsRoot,
    itemHash,
    type JobSpec,
    MAX_JOB_SPEC_BYTES,
    MAX_MANIFEST_BYTES,
    type ModelManifest,
    parseJobSpec,
    parseManifest,
    parseSource,
} from '../protocol';
import type { JobTerms } from '../wrappers';
import type { BlobStore } from '../sdk/node';
import type { BlobFetcher } from './blob-fetcher';
import { PassError, type PassReason } from './errors';

/** Spec and manifest of a job, checked against the chain and against each other. */
export interface JobDocuments {
    readonly spec: JobSpec;
    readonly manifest: ModelManifest;
    /** Blobs that the job needs, for pinning. */
    readonly blobs: readonly HashHex[];
}

/** What a node needs to find the bytes of jobs. */
export interface GatherContext {
    readonly blobs: BlobStore;
    readonly fetcher: BlobFetcher;
    /** Blob stores that are asked for specs that nobody gave to this node. */
    readonly specSources: readonly string[];
}

/**
 * Reads the spec, which the client gave to this node or a configured source has, and fetches the
 * manifest from the sources that the spec names.
 *
 * @throws PassError
 */
export async function gatherDocuments(
    terms: JobTerms,
    context: GatherContext,
    signal?: AbortSignal,
): Promise<JobDocuments> {
    const specHash = hashToHex(hashFromBigInt(terms.spec));
    const specBytes = await obtain(
        context,
        specHash,
        { stores: context.specSources, maxBytes: MAX_JOB_SPEC_BYTES, signal },
        'spec-unavailable',
    );
    const spec = document(() => parseJobSpec(specBytes));
    const model = hashToHex(hashFromBigInt(terms.model));
    if (spec.model !== model || spec.inputs.count !== terms.items) {
        throw new PassError('spec-mismatch', 'The spec names another model or count of items.');
    }
    if (spec.privacy.mode !== 'public') throw new PassError('sealed', 'The inputs are sealed.');
    const manifestBytes = await obtain(
        context,
        model,
        { stores: spec.sources, maxBytes: MAX_MANIFEST_BYTES, signal },
        'manifest-unavailable',
    );
    const manifest = document(() => parseManifest(manifestBytes));
    const blobs = [
        specHash,
        model,
        ...spec.inputs.batches.map(({ sha256 }) => sha256),
        ...manifest.files.map(({ sha256 }) => sha256),
    ];
    return { spec, manifest, blobs };
}

/** The inputs of a job, all of them on this machine and checked. */
export interface JobInputs {
    /** Hash of each item, in order. */
    readonly hashes: readonly Hash[];
    /** Yields the encoded items in order, one batch in memory at a time. */
    items(): AsyncGenerator<Uint8Array, void, void>;
}

/**
 * Fetches what is missing of a job's inputs and model files and checks all of it.
 *
 * @throws PassError `inputs-unavailable` where a source lacks them, `spec-mismatch` where they are
 * not those of the spec
 */
export async function gatherInputs(
    { spec, manifest }: JobDocuments,
    context: GatherContext,
    signal?: AbortSignal,
): Promise<JobInputs> {
    const { batches, root } = spec.inputs;
    await Promise.all([
        ...batches.map(({ sha256, bytes }) =>
            obtainFile(context, sha256, { stores: spec.sources, maxBytes: bytes, signal }),
        ),
        ...manifest.files.map(({ sha256, bytes, sources }) => {
            const urls = sources.flatMap((source) => {
                const parsed = parseSource(source);
                return parsed?.kind === 'http' ? [parsed.url] : [];
            });
            return obtainFile(context, sha256, {
                stores: spec.sources,
                urls,
                maxBytes: bytes,
                signal,
            });
        }),
    ]);
    const read = async (sha256: HashHex): Promise<Uint8Array[]> => {
        const bytes = await context.blobs.read(sha256);
        if (bytes === undefined) throw new PassError('inputs-unavailable', 'A batch is gone.');
        return decodeBatch(bytes);
    };
    const hashes: Hash[] = [];
    for (const batch of batches) {
        const items = document(await read(batch.sha256).then((list) => () => list));
        if (items.length !== batch.items) {
            throw new PassError('spec-mismatch', 'A batch has another number of items.');
        }
        for (const item of items) hashes.push(itemHash(item));
    }
    if (hashToHex(inputsRoot(hashes)) !== root) {
        throw new PassError('spec-mismatch', 'The inputs have another root than the spec names.');
    }
    return {
        hashes,
        async *items() {
            for (const { sha256 } of batches) yield* await read(sha256);
        },
    };
}

interface Place {
    readonly stores: readonly string[];
    readonly urls?: readonly string[];
    readonly maxBytes: number;
    readonly signal?: AbortSignal | undefined;
}

async function obtain(
    context: GatherContext,
    sha256: HashHex,
    place: Place,
    reason: PassReason,
): Promise<Uint8Array> {
    await obtainFile(context, sha256, place, reason);
    const bytes = await context.blobs.read(sha256);
    if (bytes === undefined) throw new PassError(reason, `The blob ${sha256} is gone.`);
    return bytes;
}

async function obtainFile(
    { fetcher }: GatherContext,
    sha256: HashHex,
    { stores, urls = [], maxBytes, signal }: Place,
    reason: PassReason = 'inputs-unavailable',
): Promise<void> {
    const places = [...stores.map((base) => blobUrl(base, sha256)), ...urls];
    try {
        await fetcher.ensure(sha256, places, { maxBytes, signal });
    } catch (cause) {
        signal?.throwIfAborted();
        throw new PassError(reason, `The blob ${sha256} cannot be had.`, cause);
    }
}

function document<T>(parse: () => T): T {
    try {
        return parse();
    } catch (cause) {
        throw new PassError('spec-mismatch', 'A document of the job is malformed.', cause);
    }
}
