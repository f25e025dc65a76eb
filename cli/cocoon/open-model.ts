import { stat } from 'node:fs/promises';
import { type HashHex, type ModelManifest } from '../../protocol';
import type { ModelSignature, ModelSource } from '../../runtime';
import type { Config } from '../config';
import type { CommandContext } from '../terminal';
import { InputFileError, systemProblem } from './errors';
import type { PaidModel } from './jobs/paid-model';
import { openModelFile } from './model-file';
import { openModelShelf } from './model-shelf';

/** A model that can run on this machine. */
export interface OpenModel {
    readonly name: string;
    /** Undefined for a mere file. */
    readonly hash: HashHex | undefined;
    readonly source: ModelSource;
    readonly signature: ModelSignature;
}

/**
 * Opens what a user names: an ONNX file, or a model of the catalogue or the library, whose files are
 * fetched where they are missing.
 *
 * @throws InputFileError, ModelRefusedError, ModelNotFoundError, ModelFileUnavailableError
 */
export async function openModel(
    target: string,
    config: Config,
    context: CommandContext,
): Promise<OpenModel> {
    if (await isModelPath(target)) return { hash: undefined, ...(await openModelFile(target)) };
    const shelf = await openModelShelf(config, context);
    return runnable(await shelf.obtain(await shelf.find(target)));
}

/** A model whose files are here, as the runtime takes it. */
export function runnable({ name, hash, manifest, blobs }: PaidModel): OpenModel {
    return { name, hash, source: sourceOf({ manifest, blobs }), signature: manifest };
}

/** Manifest and places of the files. */
export function sourceOf({ manifest, blobs }: Pick<PaidModel, 'manifest' | 'blobs'>): {
    readonly manifest: ModelManifest;
    readonly locate: (file: { readonly sha256: HashHex; readonly path: string }) => string;
} {
    const paths = new Map(blobs.map(({ sha256, path }) => [sha256, path]));
    return { manifest, locate: ({ sha256, path }) => paths.get(sha256) ?? path };
}

/**
 * Whether a target means a file rather than a name.
 *
 * @throws InputFileError for a path where nothing is, or a folder
 */
export async function isModelPath(target: string): Promise<boolean> {
    const looksLikePath = /[/\\]|\.onnx$/i.test(target);
    try {
        const facts = await stat(target);
        if (!facts.isDirectory()) return true;
        if (!looksLikePath) return false;
        throw new InputFileError(
            target,
            'is a folder, not an ONNX file',
            `Name the .onnx file in it; "cocoon publish ${target}" makes a model of the folder.`,
        );
    } catch (error) {
        if (error instanceof InputFileError) throw error;
        if (!looksLikePath) return false;
        throw new InputFileError(target, systemProblem(error), undefined, error);
    }
}
