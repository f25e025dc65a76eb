import { float16ToNumber } from './float16';
import type { NumericTensor } from './tensor';
import { toTypedArray } from './tensor-values';

/** The elements of a float tensor as numbers, which hold each of them exactly. */
export interface FloatElements {
    readonly length: number;
    readonly at: (index: number) => number;
}

/** @param tensor - float16, float32 or float64 */
export function floatElements(tensor: NumericTensor): FloatElements {
    const array = toTypedArray(tensor);
    const half = tensor.dtype === 'float16';
    return {
        length: array.length,
        at: half ? (i) => float16ToNumber(Number(array[i])) : (i) => Number(array[i]),
    };
}
