import { createReadStream } from 'node:fs';
import { link, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { CATALOGUE, type CatalogueModel, findModel } from '../../models';
import {
    describeFolder,
    type DescribeFolderRequest,
    type ModelLibrary,
    obtainModelFiles,
    openModelLibrary,
} from '../../models/node';
import { encodeManifest, type HashHex, MAX_MODEL_BYTES } from '../../protocol';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import type { Config } from '../config';
import { makePrivateFolder } from '../keystore';
import { type CommandContext, formatBytes } from '../terminal';
import type { PaidModel } from './jobs/paid-model';
import { externalFilesOf } from './model-file';

/** The models of this machine: the catalogue, own manifests, and the files of both. */
export interface ModelShelf {
    readonly library: ModelLibrary;
    readonly files: BlobStore;
    /** The catalogue and the library; what is damaged is told by `warn`. */
    models(): Promise<readonly CatalogueModel[]>;
    /**
     * A model by name, hash or the beginning of its hash.
     *
     * @throws ModelNotFoundError
     */
    find(asked: string): Promise<CatalogueModel>;
    /** Deletes a file; it can be fetched again. */
    forget(sha256: HashHex): Promise<void>;
    /** Whether all files of a model are here. */
    has(model: CatalogueModel): boolean;
    /**
     * A model with all its files on this machine, checked against their hashes.
     *
     * @throws ModelFileUnavailableError
     */
    obtain(model: CatalogueModel, stores?: readonly string[]): Promise<PaidModel>;
    /**
     * Describes a folder, or an ONNX file with the files it refers to, and keeps manifest and files.
     *
     * @throws PublishError, ModelRefusedError, ManifestError
     */
    publish(path: string, words: Omit<DescribeFolderRequest, 'folder'>): Promise<CatalogueModel>;
}

/** Opens the models of a home. */
export async function openModelShelf(
    { home }: Config,
    { terminal, signal }: CommandContext,
): Promise<ModelShelf> {
    const folder = join(home.client.folder, 'models');
    await makePrivateFolder(folder);
    const library = openModelLibrary({ folder: join(folder, 'manifests') });
    const files = createBlobStore({
        folder: join(folder, 'files'),
        maxBytes: Number.MAX_SAFE_INTEGER,
        maxBlobBytes: MAX_MODEL_BYTES,
    });
    const models = async () => {
        const { models: own, damaged } = await library.list();
        for (const { message, hint } of damaged) terminal.warn(`${message} ${hint}`);
        return [...CATALOGUE, ...own];
    };
    const has = ({ manifest }: CatalogueModel) =>
        manifest.files.every(({ sha256 }) => files.has(sha256));
    const keep = async (described: string, words: Omit<DescribeFolderRequest, 'folder'>) => {
        const manifest = await describeFolder({ ...words, folder: described, signal });
        for (const { path, sha256, bytes } of manifest.files) {
            await files.receive(sha256, createReadStream(join(described, path)), bytes);
        }
        return library.add(encodeManifest(manifest));
    };
    return {
        library,
        files,
        models,
        find: async (asked) => findModel(await models(), asked),
        has,
        forget: (sha256) => rm(files.path(sha256), { force: true }),
        obtain: async (model, stores = []) => {
            const { name, hash, manifest } = model;
            if (!has(model)) {
                terminal.note(`${manifest.name} is licensed under ${manifest.licence}.`);
                await obtainModelFiles(manifest, {
                    target: files,
                    stores,
                    signal,
                    onProgress: ({ path, receivedBytes, fileBytes }) => {
                        const share = `${formatBytes(receivedBytes)} of ${formatBytes(fileBytes)}`;
                        if (terminal.interactive) terminal.progress(`Fetching ${path}: ${share}…`);
                    },
                });
                terminal.settle();
            }
            const blobs = manifest.files.map(({ sha256 }) => ({
                sha256,
                path: files.path(sha256),
            }));
            return { name, hash, manifest, blobs };
        },
        publish: async (path, words) => {
            if ((await stat(path)).isDirectory()) return keep(path, words);
            const staged = await stageFile(path);
            try {
                return await keep(staged, words);
            } finally {
                await rm(staged, { recursive: true, force: true });
            }
        },
    };
}

/** A folder with nothing but an ONNX file and what it refers to. */
async function stageFile(path: string): Promise<string> {
    const staged = await mkdtemp(join(tmpdir(), 'cocoon-model-'));
    const own = { location: safeName(basename(path)), path: resolve(path) };
    for (const { location, path: from } of [own, ...(await externalFilesOf(path))]) {
        const to = join(staged, location);
        await makePrivateFolder(join(to, '..'));
        // Links cost nothing; across file systems only symbolic ones can be made.
        await link(from, to).catch(() => symlink(from, to));
    }
    return staged;
}

function safeName(name: string): string {
    return name.replace(/[^A-Za-z0-9._+-]+/g, '_').replace(/^[^A-Za-z0-9_]+/, '');
}
