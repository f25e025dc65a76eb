import { hashToHex, manifestHash, type ModelManifest, sha256 } from '../protocol';
import { initializer, model, node, value } from './onnx-builder';

/*
 * A small convolutional network of the kind that tells what a picture shows: much work, and a
 * thousand scores as output. Its weights are pseudo-random and the same in every process.
 */

/** Pixels on each side. */
const SIZE = 96;
const KERNEL = 3;
const CHANNELS = [3, 32, 64, 64] as const;
const CLASSES = 1000;

export const CLASSIFIER_INPUT = [1, CHANNELS[0], SIZE, SIZE] as const;

/** The bytes of the model, about 0.5 MB. */
function classifierModel(): Uint8Array {
    const weights = weightMaker();
    const layers = CHANNELS.slice(1).map((out, layer) => ({
        name: `w${layer}`,
        dims: [out, CHANNELS[layer] ?? 0, KERNEL, KERNEL],
    }));
    const last = { name: 'scores', dims: [CHANNELS.at(-1) ?? 0, CLASSES] };
    return model({
        nodes: [
            ...layers.flatMap(({ name }, layer) => [
                node('Conv', [layer === 0 ? 'x' : `a${layer - 1}`, name], [`c${layer}`]),
                node('Relu', [`c${layer}`], [`a${layer}`]),
            ]),
            node('GlobalAveragePool', [`a${layers.length - 1}`], ['pooled']),
            node('Flatten', ['pooled'], ['features']),
            node('MatMul', ['features', last.name], ['y']),
        ],
        inputs: [value('x', 'float32', CLASSIFIER_INPUT)],
        outputs: [value('y', 'float32', [1, CLASSES])],
        initializers: [...layers, last].map(({ name, dims }) =>
            initializer({ name, type: 'float32', dims, raw: weights(dims) }),
        ),
    });
}

/** Weights that keep values about as large as they are, and differ from each other. */
function weightMaker() {
    let state = 1;
    return (dims: readonly number[]): Uint8Array => {
        const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
        const scale = Math.sqrt((dims[0] ?? 1) / values.length);
        for (let i = 0; i < values.length; i++) {
            state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0; // Numerical Recipes
            values[i] = (2 * scale * state) / 2 ** 31;
        }
        return new Uint8Array(values.buffer);
    };
}

/** The model, its manifest and the hash of that. */
export function createClassifier() {
    const bytes = classifierModel();
    const file = { path: 'classifier.onnx', sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
    const manifest: ModelManifest = {
        format: 'cocoon.model/1',
        name: 'classifier',
        revision: '1',
        licence: 'Apache-2.0',
        files: [{ ...file, sources: [] }],
        entry: file.path,
        inputs: [{ name: 'x', dtype: 'float32', shape: [...CLASSIFIER_INPUT] }],
        outputs: [{ name: 'y', dtype: 'float32', shape: [1, CLASSES] }],
        comparison: {
            class: 'tolerance',
            outputs: [{ name: 'y', scale: 1, clamp: 1000, tau: 1e-4, floor: 1e-3 }],
        },
    };
    return { bytes, manifest, hash: hashToHex(manifestHash(manifest)) };
}
