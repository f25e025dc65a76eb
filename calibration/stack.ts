import {
    concatBytes,
    haveSameType,
    type Item,
    NUMERIC_DTYPES,
    isNumeric,
    type NumericTensor,
    type Tensor,
    type TensorSpec,
} from '../protocol';

/**
 * The axis along which several items are computed at once: the first that the model leaves open, and
 * of which one item has length 1. Undefined for a tensor without one, which all items then share.
 */
export function batchAxis({ shape }: TensorSpec, { dims }: Tensor): number | undefined {
    const axis = shape.findIndex((size, at) => typeof size === 'string' && dims[at] === 1);
    return axis < 0 ? undefined : axis;
}

/**
 * Items as one of a larger batch.
 *
 * @returns undefined where the model, or what the items have in common, does not allow it
 */
export function stackItems(specs: readonly TensorSpec[], items: readonly Item[]): Item | undefined {
    const stacked = new Map<string, Tensor>();
    let open = false;
    for (const spec of specs) {
        const tensors = items.map((item) => item.get(spec.name));
        const [first] = tensors;
        if (first === undefined || !isNumeric(first)) return undefined;
        const same = tensors.filter(
            (tensor): tensor is NumericTensor =>
                tensor !== undefined && isNumeric(tensor) && haveSameType(tensor, first),
        );
        if (same.length !== items.length) return undefined;
        const axis = batchAxis(spec, first);
        open ||= axis !== undefined;
        stacked.set(spec.name, axis === undefined ? first : join(same, axis));
    }
    return open ? stacked : undefined;
}

/**
 * The first item's part of the outputs of a batch.
 *
 * @param like - outputs of that item alone, which say what its part is
 * @returns undefined where the outputs of a batch are not those of its items side by side
 */
export function firstOfBatch(
    specs: readonly TensorSpec[],
    outputs: Item,
    like: Item,
    batch: number,
): Item | undefined {
    const first = new Map<string, Tensor>();
    for (const spec of specs) {
        const tensor = outputs.get(spec.name);
        const single = like.get(spec.name);
        if (tensor === undefined || single === undefined || !isNumeric(tensor)) return undefined;
        const axis = batchAxis(spec, single);
        if (axis === undefined) return undefined;
        const wanted = single.dims.map((size, at) => (at === axis ? size * batch : size));
        if (tensor.dims.join() !== wanted.join()) return undefined;
        first.set(spec.name, head(tensor, single.dims, axis, batch));
    }
    return first;
}

function join(tensors: readonly NumericTensor[], axis: number): NumericTensor {
    const { dtype, dims } = tensors[0] as NumericTensor;
    const outer = product(dims.slice(0, axis));
    const inner = product(dims.slice(axis)) * NUMERIC_DTYPES[dtype].bytes;
    const parts: Uint8Array[] = [];
    for (let row = 0; row < outer; row++) {
        for (const { data } of tensors) parts.push(data.subarray(row * inner, (row + 1) * inner));
    }
    const joined = dims.map((size, at) => (at === axis ? size * tensors.length : size));
    return { dtype, dims: joined, data: concatBytes(parts) };
}

function head(
    { dtype, data }: NumericTensor,
    dims: readonly number[],
    axis: number,
    batch: number,
): NumericTensor {
    const outer = product(dims.slice(0, axis));
    const inner = product(dims.slice(axis)) * NUMERIC_DTYPES[dtype].bytes;
    const parts = Array.from({ length: outer }, (_, row) => {
        return data.subarray(row * inner * batch, row * inner * batch + inner);
    });
    return { dtype, dims, data: concatBytes(parts) };
}

function product(sizes: readonly number[]): number {
    return sizes.reduce((size, next) => size * next, 1);
}
