import * as z from 'zod';
import { DTYPES, type DType } from './dtype';
import { ItemError } from './errors';
import type { Item } from './item';
import { MAX_ITEM_TENSORS, MAX_TENSOR_RANK } from './limits';
import { areUnique, tensorNameSchema, wholeNumber } from './schema';
import type { Tensor } from './tensor';

/** What one input or output of a model is like. */
export interface TensorSpec {
    /** Name in the model. */
    readonly name: string;
    readonly dtype: DType;
    /**
     * Length of each dimension: a number from 1, or a symbol for one that varies. The same symbol
     * has the same length everywhere in one item. No entries for a scalar.
     */
    readonly shape: readonly (number | string)[];
}

const MAX_DIMENSION = 2 ** 31 - 1;

const dimensionSchema = z.union(
    [wholeNumber(1, MAX_DIMENSION), z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/)],
    'has to be a length from 1, or a symbol of letters, digits and _.-',
);

const tensorSpecSchema: z.ZodType<TensorSpec> = z.strictObject({
    name: tensorNameSchema,
    dtype: z.enum(DTYPES),
    shape: z.array(dimensionSchema).max(MAX_TENSOR_RANK),
});

/** Inputs or outputs of a model: at least one, with unique names. */
export const tensorSpecsSchema = z
    .array(tensorSpecSchema)
    .min(1)
    .max(MAX_ITEM_TENSORS)
    .refine((specs) => areUnique(specs, ({ name }) => name), 'uses a name twice');

/**
 * Checks that an item has exactly the tensors that a model takes (or gives), with their types,
 * ranks and fixed dimensions, and with one length for each symbol.
 *
 * @throws ItemError `ITEM_DOES_NOT_FIT_MODEL`, with the name of the tensor.
 */
export function checkItemFits(specs: readonly TensorSpec[], item: Item): void {
    const lengths = new Map<string, number>();
    for (const spec of specs) {
        const tensor = item.get(spec.name);
        if (tensor === undefined) throw misfit(spec.name, 'is missing');
        if (tensor.dtype !== spec.dtype) {
            throw misfit(spec.name, `is ${tensor.dtype}, where the model has ${spec.dtype}`);
        }
        checkShape(spec, tensor, lengths);
    }
    const known = new Set(specs.map(({ name }) => name));
    for (const name of item.keys()) {
        if (!known.has(name)) throw misfit(name, 'is not one of the model');
    }
}

function checkShape(spec: TensorSpec, tensor: Tensor, lengths: Map<string, number>): void {
    const fits =
        tensor.dims.length === spec.shape.length &&
        spec.shape.every((wanted, axis) => {
            const length = tensor.dims[axis] as number;
            if (typeof wanted === 'number') return length === wanted;
            const bound = lengths.get(wanted) ?? length;
            lengths.set(wanted, bound);
            return length === bound;
        });
    if (fits) return;
    const wanted = spec.shape.map((dim) =>
        typeof dim === 'number' || !lengths.has(dim) ? String(dim) : `${dim}=${lengths.get(dim)}`,
    );
    throw misfit(
        spec.name,
        `has the dimensions [${tensor.dims.join(', ')}], where the model has [${wanted.join(', ')}]`,
    );
}

function misfit(name: string, what: string): ItemError {
    return new ItemError('ITEM_DOES_NOT_FIT_MODEL', `The tensor ${JSON.stringify(name)} ${what}.`, {
        hint: 'Give the tensors that the model manifest names, with its types and dimensions.',
        tensor: name,
    });
}
