import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type HashHex, isSafePath, MAX_MODEL_BYTES, type ModelFile } from '../../protocol';
import {
    admitModel,
    describeModel,
    ModelRefusedError,
    type ModelSignature,
    type ModelSource,
} from '../../runtime';
import { InputFileError, systemProblem } from './errors';
import { readSmallFile } from './tensor-files';

/** A model of which only its files are known: no licence, no rule of comparison. */
export interface FileModel {
    /** Name of its file. */
    readonly name: string;
    readonly source: ModelSource;
    readonly signature: ModelSignature;
}

/** The graph alone; weights may stand in other files, which are read by the children. */
const MAX_GRAPH_BYTES = 2 * 1024 ** 3;

/**
 * Opens an ONNX file, with the files of external data beside it that it refers to.
 *
 * @throws InputFileError, ModelRefusedError
 */
export async function openModelFile(path: string): Promise<FileModel> {
    const bytes = await readSmallFile(path, MAX_GRAPH_BYTES);
    const name = basename(path);
    const locations = externalLocations(bytes);
    const signature = describeModel(bytes, locations);
    if (locations.size === 0) return { name, source: { bytes }, signature };
    const folder = dirname(resolve(path));
    const external = await Promise.all(
        [...locations].map((location) => fileAt(join(folder, location), location)),
    );
    const entry = await fileAt(resolve(path), 'model.onnx');
    const files = [entry, ...external];
    return {
        name,
        source: {
            manifest: { files, entry: entry.path, ...signature },
            locate: (file) => (file === entry ? resolve(path) : join(folder, file.path)),
        },
        signature,
    };
}

/** The files that an ONNX file refers to, by the paths that it uses. */
export async function externalFilesOf(
    path: string,
): Promise<{ readonly location: string; readonly path: string }[]> {
    const bytes = await readSmallFile(path, MAX_GRAPH_BYTES);
    const folder = dirname(resolve(path));
    return [...externalLocations(bytes)].map((location) => ({
        location,
        path: join(folder, location),
    }));
}

/** Paths of the files that the graph refers to, relative to its own. */
function externalLocations(bytes: Uint8Array): ReadonlySet<string> {
    const anything = { has: () => true } as unknown as ReadonlySet<string>;
    const { tensors } = admitModel(bytes, { externalLocations: anything });
    const locations = tensors.flatMap(({ externalLocation }) => externalLocation ?? []);
    const unsafe = locations.find((location) => !isSafePath(location));
    if (unsafe === undefined) return new Set(locations);
    throw new ModelRefusedError(
        'external-data',
        `The model reads the file ${JSON.stringify(unsafe.slice(0, 100))}, outside of its folder.`,
    );
}

async function fileAt(path: string, name: string): Promise<ModelFile> {
    const hash = createHash('sha256');
    try {
        const { size } = await stat(path);
        if (size > MAX_MODEL_BYTES) throw new InputFileError(path, 'is too large for a model');
        for await (const part of createReadStream(path)) hash.update(part as Buffer);
        const sha256 = hash.digest('hex') as HashHex;
        return { path: name, sha256, bytes: size, sources: [] };
    } catch (error) {
        if (error instanceof InputFileError) throw error;
        throw new InputFileError(path, systemProblem(error), undefined, error);
    }
}
