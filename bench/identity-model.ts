import { hashToHex, type ModelManifest, sha256 } from '../protocol';
import { model, node, value } from './onnx-builder';

/*
 * The smallest ONNX model there is: `y = x` for a float tensor of one element. Its execution takes
 * next to nothing, so that what is measured is the market.
 */

const ELEMENTS = 1;

/** The bytes of the model. */
export function identityModel(): Uint8Array {
    return model({
        nodes: [node('Identity', ['x'], ['y'])],
        inputs: [value('x', 'float32', [ELEMENTS])],
        outputs: [value('y', 'float32', [ELEMENTS])],
    });
}

/** Its manifest. */
export function identityManifest(): ModelManifest {
    const bytes = identityModel();
    const tensor = (name: string) => ({ name, dtype: 'float32' as const, shape: [ELEMENTS] });
    return {
        format: 'cocoon.model/1',
        name: 'identity',
        revision: '1',
        licence: 'Apache-2.0',
        files: [
            {
                path: 'identity.onnx',
                sha256: hashToHex(sha256(bytes)),
                bytes: bytes.length,
                sources: [],
            },
        ],
        entry: 'identity.onnx',
        inputs: [tensor('x')],
        outputs: [tensor('y')],
        // Exact it would be, but nodes take no float output for that.
        comparison: {
            class: 'tolerance',
            outputs: [{ name: 'y', scale: 1, clamp: 1000, tau: 1e-4, floor: 1e-3 }],
        },
    };
}
