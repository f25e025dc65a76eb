import { Tensor as OrtTensor } from 'onnxruntime-common';
import type { Item, NumericDType, Tensor, TypedArrays } from '../protocol';
import {
    bytesToUtf8,
    fromTypedArray,
    isNumeric,
    stringTensor,
    toTypedArray,
    utf8ToBytes,
} from '../protocol';

/**
 * Tensors as ONNX Runtime takes them; memory is shared where it is aligned.
 *
 * @throws EncodingError `UTF8_MALFORMED` for a string element that is not UTF-8, RangeError for one
 * with a NUL: the binding takes JavaScript strings, which cannot carry the first, and cuts the
 * second.
 */
export function toFeeds(item: Item): Record<string, OrtTensor> {
    // Without a prototype: a model may name its input `__proto__`.
    const feeds = Object.create(null) as Record<string, OrtTensor>;
    for (const [name, tensor] of item) feeds[name] = toOrt(tensor);
    return feeds;
}

/** The binding passes strings on as C strings, so that they end at the first NUL. */
function toText(element: Uint8Array): string {
    if (element.includes(0)) throw new RangeError('A string has a NUL character inside.');
    return bytesToUtf8(element);
}

function toOrt(tensor: Tensor): OrtTensor {
    if (!isNumeric(tensor)) {
        return new OrtTensor('string', tensor.data.map(toText), tensor.dims);
    }
    const array = toTypedArray(tensor);
    return new OrtTensor(tensor.dtype, forEngine(tensor.dtype, array), tensor.dims);
}

/** Engines that have a `Float16Array` want float16 in it; its bits are the same. */
function forEngine(dtype: NumericDType, array: TypedArrays[NumericDType]) {
    const { Float16Array } = globalThis as {
        Float16Array?: new (...view: unknown[]) => typeof array;
    };
    if (dtype !== 'float16' || Float16Array === undefined) return array;
    return new Float16Array(array.buffer, array.byteOffset, array.length);
}

/** What a session returned; the tensors share its memory. */
export function fromOutputs(outputs: Readonly<Record<string, OrtTensor>>): Item {
    return new Map(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
}

function fromOrt({ type, data, dims }: OrtTensor): Tensor {
    return type === 'string'
        ? stringTensor(dims, (data as string[]).map(utf8ToBytes))
        : fromTypedArray(type as NumericDType, data as TypedArrays[NumericDType], dims);
}
