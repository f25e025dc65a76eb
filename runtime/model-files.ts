import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isAbsolute, join, posix, resolve } from 'node:path';
import type { ModelFile, ModelManifest } from '../protocol';
import { admitModel } from './admission';
import type { ModelSignature } from './describe';
import { checkSignature, signatureOf } from './describe';
import { ModelRefusedError } from './errors';
import type { RuntimeLimits } from './limits';
import type { ExternalFile, LoadRequest } from './messages';

/** Where a model comes from. */
export type ModelSource =
    | {
          /** What the files have to be, and what goes in and out. */
          readonly manifest: Pick<ModelManifest, 'files' | 'entry' | 'inputs' | 'outputs'>;
          /** Path of each file on this machine. */
          readonly locate: (file: ModelFile) => string;
      }
    | {
          /** A model without a manifest and without external data: to describe or to measure. */
          readonly bytes: Uint8Array;
      };

export interface PreparedModel {
    readonly load: Omit<LoadRequest, 'executionClass' | 'settings'>;
    readonly signature: ModelSignature;
}

/**
 * Verifies the graph's file, admits the graph and says what children have to load. External data
 * is hashed by the children alone: each uses the bytes that it hashed.
 *
 * @param folder where a model given as bytes is put
 * @throws ModelRefusedError
 */
export async function prepareModel(
    source: ModelSource,
    limits: RuntimeLimits,
    folder: string,
): Promise<PreparedModel> {
    if ('bytes' in source) {
        const { bytes } = source;
        const signature = signatureOf(admitModel(bytes, policy(limits, [])));
        const sha256 = hashOf(bytes);
        const path = join(folder, `${sha256}.onnx`);
        await writeFile(path, bytes, { mode: 0o600 });
        return { load: loadRequest({ path, sha256 }, [], signature), signature };
    }
    const { manifest, locate } = source;
    const entry = manifest.files.find(({ path }) => path === manifest.entry);
    if (entry === undefined) {
        throw new ModelRefusedError('malformed', 'The entry is not among the files of the model.');
    }
    const path = absolute(locate(entry));
    const bytes = await readEntry(path, entry.path);
    if (hashOf(bytes) !== entry.sha256) {
        throw new ModelRefusedError('hash-mismatch', `The file ${entry.path} has another hash.`);
    }
    const externalFiles = manifest.files
        .filter((file) => file !== entry)
        .map((file) => ({
            // The graph names external data relative to its own folder.
            location: posix.relative(posix.dirname(entry.path), file.path),
            path: absolute(locate(file)),
            sha256: file.sha256,
        }));
    const graph = admitModel(bytes, policy(limits, externalFiles));
    const signature = { inputs: manifest.inputs, outputs: manifest.outputs };
    checkSignature(signatureOf(graph), signature);
    const used = new Set(graph.tensors.map(({ externalLocation }) => externalLocation));
    const needed = externalFiles.filter(({ location }) => used.has(location));
    return { load: loadRequest({ path, sha256: entry.sha256 }, needed, signature), signature };
}

function loadRequest(
    model: LoadRequest['model'],
    externalFiles: readonly ExternalFile[],
    { inputs, outputs }: ModelSignature,
): PreparedModel['load'] {
    return {
        type: 'load',
        model,
        externalFiles,
        inputs,
        outputs: outputs.map(({ name }) => name),
    };
}

function policy(limits: RuntimeLimits, files: readonly ExternalFile[]) {
    return {
        maxTensorBytes: limits.maxMemoryBytes,
        externalLocations: new Set(files.map(({ location }) => location)),
    };
}

async function readEntry(path: string, name: string): Promise<Uint8Array> {
    try {
        return await readFile(path);
    } catch (error) {
        throw new ModelRefusedError('file-missing', `The file ${name} cannot be read.`, error);
    }
}

/** Children have another working folder. */
function absolute(path: string): string {
    return isAbsolute(path) ? path : resolve(path);
}

function hashOf(bytes: Uint8Array): string {
    return createHash('sha256').update(bytes).digest('hex');
}
