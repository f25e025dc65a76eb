import { identityManifest } from '../../bench/identity-model';
import { model, node, value } from '../../bench/onnx-builder';
import { hashToHex, type ModelManifest, sha256 } from '../../protocol';

/** Fills a float tensor of `shape` (int64 [1]) and gives its `largest` element: memory as asked. */
export function fillingModel(): Uint8Array {
    return model({
        nodes: [
            node('ConstantOfShape', ['shape'], ['filled']),
            node('ReduceMax', ['filled'], ['largest']),
        ],
        inputs: [value('shape', 'int64', [1])],
        outputs: [value('largest', 'float32', [1])],
    });
}

export function fillingManifest(bytes: Uint8Array): ModelManifest {
    const file = { path: 'fill.onnx', sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
    return {
        ...identityManifest(),
        name: 'fill',
        files: [{ ...file, sources: [] }],
        entry: file.path,
        inputs: [{ name: 'shape', dtype: 'int64', shape: [1] }],
        outputs: [{ name: 'largest', dtype: 'float32', shape: [1] }],
        comparison: {
            class: 'tolerance',
            outputs: [{ name: 'largest', scale: 1, clamp: 1000, tau: 1e-4, floor: 1e-3 }],
        },
    };
}
