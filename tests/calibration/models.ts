import { initializer, model, value } from '../runtime/onnx-models';

/** A float scalar of a graph. */
export function scalar(name: string, number: number): Uint8Array {
    const raw = new Uint8Array(Float32Array.of(number).buffer);
    return initializer({ name, type: 'float32', dims: [], raw });
}

/** The zero point of a quantisation to bytes. */
export const ZERO_POINT = initializer({
    name: 'zero',
    type: 'uint8',
    dims: [],
    raw: Uint8Array.of(0),
});

/** `y` of floats `[1, 8]` from `x` of the same shape, by some nodes. */
export function floatModel(
    nodes: readonly Uint8Array[],
    initializers: readonly Uint8Array[] = [],
): Uint8Array {
    return model({
        nodes,
        initializers,
        inputs: [value('x', 'float32', [1, 8])],
        outputs: [value('y', 'float32', [1, 8])],
    });
}

/** The attribute `to` of Cast: name = 1, i = 3 and type = 20 of `AttributeProto`, 2 for INT. */
export function castTo(type: number): Uint8Array {
    const name = new TextEncoder().encode('to');
    return Uint8Array.of(0x0a, name.length, ...name, 0x18, type, 0xa0, 0x01, 2);
}
