import * as z from 'zod';
import {
    DTYPES,
    type DType,
    type ElementOf,
    EncodingError,
    isCocoonError,
    isNumeric,
    type Item,
    MAX_TENSOR_RANK,
    numericTensor,
    type Tensor,
    tensorOf,
    tensorValues,
} from '../../protocol';

/*
 * Tensors as JSON, for people and scripts: `{"dtype", "dims", "data"}` with the elements in
 * row-major order, nested or not. NaN, infinities and the negative zero are the texts "NaN",
 * "Infinity", "-Infinity" and "-0"; 64-bit integers that a double cannot hold are texts of digits. `data` may also be
 * one text: the little-endian bytes in base64.
 */

const SPECIAL: ReadonlyMap<unknown, number> = new Map([
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    ['-0', -0],
]);

const tensorSchema = z.strictObject({
    dtype: z.enum(DTYPES, `has to be one of ${DTYPES.join(', ')}`),
    dims: z.array(z.number().int().min(0)).max(MAX_TENSOR_RANK),
    data: z.union([z.string(), z.array(z.unknown())]),
});
const itemSchema = z.record(z.string(), tensorSchema);

/** A tensor as JSON. */
export interface TensorJson {
    readonly dtype: DType;
    readonly dims: readonly number[];
    readonly data: string | readonly unknown[];
}

/**
 * Reads the tensors of an item from JSON.
 *
 * @throws z.ZodError where it breaks the format, TensorError where values do not fit their type
 */
export function itemFromJson(value: unknown): Item {
    const tensors = Object.entries(itemSchema.parse(value));
    return new Map(tensors.map(([name, tensor]) => [name, tensorFromJson(tensor)]));
}

function tensorFromJson({ dtype, dims, data }: TensorJson): Tensor {
    if (typeof data === 'string') {
        if (dtype === 'string') throw notNumbers('A tensor of strings is a list of texts.');
        const bytes = Buffer.from(data, 'base64');
        if (bytes.toString('base64') !== data) throw notNumbers('The text in "data" is no base64.');
        return numericTensor(dtype, dims, bytes);
    }
    const values = flat(data).map((element) => elementFromJson(dtype, element));
    return tensorOf(dtype, dims, values as ElementOf<typeof dtype>[]);
}

function elementFromJson(dtype: DType, value: unknown): number | bigint | boolean | string {
    const element = elementOf(dtype, value);
    if (element !== undefined) return element;
    throw notNumbers(`${JSON.stringify(value)} is no value of ${dtype}.`);
}

function elementOf(dtype: DType, value: unknown): number | bigint | boolean | string | undefined {
    if (dtype === 'string') return typeof value === 'string' ? value : undefined;
    if (dtype === 'bool') {
        if (typeof value === 'boolean') return value;
        return value === 0 || value === 1 ? value === 1 : undefined;
    }
    if (dtype === 'int64' || dtype === 'uint64') {
        if (Number.isSafeInteger(value)) return BigInt(value as number);
        const isDigits = typeof value === 'string' && /^-?\d{1,20}$/.test(value);
        return isDigits ? BigInt(value) : undefined;
    }
    const number = SPECIAL.get(value) ?? value;
    return typeof number === 'number' ? number : undefined;
}

function flat(data: readonly unknown[]): unknown[] {
    return data.some(Array.isArray) ? data.flat(MAX_TENSOR_RANK) : [...data];
}

function notNumbers(message: string): EncodingError {
    return new EncodingError(
        'NUMBER_RANGE',
        message,
        '64-bit integers over 2^53 and NaN, Infinity and -Infinity are written as texts.',
    );
}

/** An item as JSON; see above. Reading it again gives the same item, up to the bits of NaNs. */
export function itemToJson(item: Item): Record<string, TensorJson> {
    return Object.fromEntries([...item].map(([name, tensor]) => [name, tensorToJson(tensor)]));
}

/** A tensor as JSON. Strings that are not UTF-8 are written in base64, which is not read again. */
export function tensorToJson(tensor: Tensor): TensorJson {
    const { dtype, dims } = tensor;
    return { dtype, dims, data: valuesOf(tensor).map(elementToJson) };
}

function elementToJson(value: number | bigint | boolean | string): unknown {
    if (typeof value === 'bigint') {
        return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    }
    if (Object.is(value, -0)) return '-0';
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function valuesOf(tensor: Tensor): (number | bigint | boolean | string)[] {
    try {
        return tensorValues(tensor);
    } catch (error) {
        if (!isCocoonError(error) || isNumeric(tensor)) throw error;
        return tensor.data.map((bytes) => Buffer.from(bytes).toString('base64'));
    }
}
