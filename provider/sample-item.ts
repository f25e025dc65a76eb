import {
    type DType,
    elementCount,
    encodeItem,
    type Item,
    numericTensor,
    stringTensor,
    type Tensor,
    type TensorSpec,
} from '../protocol';

const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
    bool: 1,
    int8: 1,
    uint8: 1,
    float16: 2,
    int16: 2,
    uint16: 2,
    float32: 4,
    int32: 4,
    uint32: 4,
    float64: 8,
    int64: 8,
    uint64: 8,
    // Its length and a character or two.
    string: 4,
};

/**
 * An item of zeros with the shapes of a model, as large as the items of a job: what a sealed job is
 * measured with, whose inputs nobody but the winner can open. Dimensions that the model leaves open
 * all have the same length, the largest that fits.
 *
 * @param bytes - of one item of the job
 */
export function sampleItem(inputs: readonly TensorSpec[], bytes: number): Uint8Array {
    const sizeWith = (length: number) =>
        inputs.reduce((sum, { dtype, shape }) => {
            return sum + elementCount(dimsWith(shape, length)) * ELEMENT_BYTES[dtype];
        }, 0);
    let length = 1;
    const open = inputs.some(({ shape }) => shape.some((size) => typeof size === 'string'));
    if (open) {
        while (sizeWith(2 * length) <= bytes) length *= 2;
        for (let step = length / 2; step >= 1; step /= 2) {
            if (sizeWith(length + step) <= bytes) length += step;
        }
    }
    const item: Item = new Map(
        inputs.map(({ name, dtype, shape }): [string, Tensor] => {
            const dims = dimsWith(shape, length);
            return [name, zeros(dtype, dims)];
        }),
    );
    return encodeItem(item);
}

function dimsWith(shape: TensorSpec['shape'], length: number): number[] {
    return shape.map((size) => (typeof size === 'number' ? size : length));
}

function zeros(dtype: DType, dims: readonly number[]): Tensor {
    const count = elementCount(dims);
    if (dtype === 'string')
        return stringTensor(dims, new Array<Uint8Array>(count).fill(new Uint8Array(0)));
    return numericTensor(dtype, dims, new Uint8Array(count * ELEMENT_BYTES[dtype]));
}
