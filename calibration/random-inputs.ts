import {
    type DType,
    elementCount,
    type ElementOf,
    encodeItem,
    type Item,
    MAX_ITEM_BYTES,
    type Tensor,
    tensorOf,
    type TensorSpec,
} from '../protocol';
import { RandomInputError } from './errors';
import { type Seeded, seeded } from './seeded';

export interface RandomInputsRequest {
    readonly inputs: readonly TensorSpec[];
    readonly count: number;
    /** The same seed gives the same inputs. */
    readonly seed: string;
    /** Lengths of the dimensions that the model leaves open, by their symbols. */
    readonly dims?: ReadonlyMap<string, number>;
}

const MAX_ELEMENTS = MAX_ITEM_BYTES / 8;
/** Indices and counts are mostly small, and some models end on large ones. */
const INTEGERS_BELOW = 10;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz ';
const TEXT_LENGTH = 12;

/**
 * Encoded inputs by what the model declares alone: floats of the standard normal distribution,
 * integers from 0 to 9, bytes of all values, texts of 12 letters. Real inputs say more: a model
 * rounds otherwise on noise than on pictures.
 *
 * @throws RandomInputError for a dimension whose length nobody says, or too many elements
 */
export function randomInputs({ inputs, count, seed, dims }: RandomInputsRequest): Uint8Array[] {
    const shapes = inputs.map((spec) => ({ spec, dims: dimsOf(spec, dims ?? new Map()) }));
    return Array.from({ length: count }, (_, index) => {
        const random = seeded(`${seed} ${index}`);
        const item: Item = new Map(
            shapes.map(({ spec, dims }): [string, Tensor] => {
                return [spec.name, randomTensor(spec.dtype, dims, random)];
            }),
        );
        return encodeItem(item);
    });
}

function dimsOf({ name, shape }: TensorSpec, known: ReadonlyMap<string, number>): number[] {
    const dims = shape.map((size) => {
        const length = typeof size === 'number' ? size : known.get(size);
        if (length !== undefined) return length;
        throw new RandomInputError(
            `The input ${JSON.stringify(name)} leaves the dimension ${size} open.`,
            `Give its length with --dim ${size}=<number>, or real inputs with --items.`,
        );
    });
    if (elementCount(dims) <= MAX_ELEMENTS) return dims;
    throw new RandomInputError(
        `The input ${JSON.stringify(name)} of [${dims.join(', ')}] is too large to be made.`,
        'Give smaller dimensions, or real inputs with --items.',
    );
}

function randomTensor<D extends DType>(dtype: D, dims: readonly number[], random: Seeded): Tensor {
    const make = MAKERS[dtype];
    const values = Array.from({ length: elementCount(dims) }, () => make(random));
    return tensorOf(dtype, dims, values as ElementOf<D>[]);
}

const small = (random: Seeded) => random.below(INTEGERS_BELOW);
const big = (random: Seeded) => BigInt(random.below(INTEGERS_BELOW));
const normal = (random: Seeded) => random.normal();

const MAKERS: { readonly [D in DType]: (random: Seeded) => ElementOf<D> } = {
    float16: normal,
    float32: normal,
    float64: normal,
    uint8: (random) => random.below(256),
    int8: (random) => random.below(256) - 128,
    uint16: small,
    int16: small,
    uint32: small,
    int32: small,
    uint64: big,
    int64: big,
    bool: (random) => random.below(2) === 1,
    string: (random) => {
        return Array.from({ length: TEXT_LENGTH }, () => {
            return LETTERS[random.below(LETTERS.length)] ?? '';
        }).join('');
    },
};
