import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import {
    admitModel,
    describeModel,
    type Graph,
    ModelRefusedError,
    type ModelSignature,
    type ModelSource,
} from '../runtime';

/** A model as its graph declares it, and as it is wanted. */
export interface SourceGraph {
    readonly graph: Graph;
    /** Dimensions as the graph leaves them open. */
    readonly declared: ModelSignature;
    /** What a manifest keeps of it, with the dimensions that it fixes. */
    readonly wanted: ModelSignature;
    /** The same model with the dimensions of the graph, for more than one item at once. */
    readonly open: ModelSource;
}

/**
 * Reads and admits the graph of a model.
 *
 * @throws ModelRefusedError with the reason, for random operators and for files that are not there
 */
export async function readSourceGraph(source: ModelSource): Promise<SourceGraph> {
    if ('bytes' in source) {
        const declared = describeModel(source.bytes);
        return { graph: admitModel(source.bytes), declared, wanted: declared, open: source };
    }
    const { manifest, locate } = source;
    const entry = manifest.files.find(({ path }) => path === manifest.entry);
    if (entry === undefined) {
        throw new ModelRefusedError('malformed', 'The entry is not among the files of the model.');
    }
    const bytes = await readFile(locate(entry)).catch((cause: unknown) => {
        const message = `The file ${entry.path} cannot be read.`;
        throw new ModelRefusedError('file-missing', message, cause);
    });
    const externalLocations = new Set(
        manifest.files.map(({ path }) => posix.relative(posix.dirname(entry.path), path)),
    );
    const declared = describeModel(bytes, externalLocations);
    const wanted = { inputs: manifest.inputs, outputs: manifest.outputs };
    const outputs = declared.outputs.filter(({ name }) =>
        wanted.outputs.some((output) => output.name === name),
    );
    return {
        graph: admitModel(bytes, { externalLocations }),
        declared: { inputs: declared.inputs, outputs },
        wanted,
        open: { manifest: { ...manifest, inputs: declared.inputs, outputs }, locate },
    };
}
