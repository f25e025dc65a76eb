import {
    compareBytes,
    isNumeric,
    type Item,
    ItemError,
    MAX_ITEM_BYTES,
    type NumericTensor,
    type Tensor,
    utf8ToBytes,
} from '../protocol';
import { entryHead } from '../protocol/framing';
import { tensorParts } from '../protocol/tensor-proto';

/** The canonical bytes of an item, in parts that share the memory of its tensors. */
export interface ItemParts {
    readonly parts: readonly Uint8Array[];
    /** Bytes of all parts. */
    readonly size: number;
}

/** What stands before the data of a tensor, and what it follows from besides the name. */
interface Head extends Pick<NumericTensor, 'dtype' | 'dims'> {
    /** Of the data, bytes. */
    readonly length: number;
    readonly bytes: Uint8Array;
}

function fits({ dtype, dims, length }: Head, tensor: NumericTensor): boolean {
    return (
        dtype === tensor.dtype &&
        length === tensor.data.length &&
        dims.length === tensor.dims.length &&
        dims.every((size, axis) => size === tensor.dims[axis])
    );
}

/**
 * Makes what `encodeItem` joins: an output of a megabyte is then copied once, to where it is hashed
 * and written, and not twice. Names are those of a model's outputs. What stands before the data of a
 * tensor follows from name, type and dimensions, and is kept.
 */
export class OutputEncoder {
    /** Of the last output of each name. */
    readonly #heads = new Map<string, Head>();
    /** Names in the order of their bytes. */
    #sorted: readonly string[] = [];

    /** @throws ItemError `ITEM_TOO_LARGE`, TensorError */
    encode(item: Item): ItemParts {
        const parts: Uint8Array[] = [];
        let size = 0;
        for (const name of this.#inOrder(item)) {
            for (const part of this.#entry(name, item.get(name) as Tensor)) {
                parts.push(part);
                size += part.length;
            }
        }
        if (size <= MAX_ITEM_BYTES) return { parts, size };
        throw new ItemError('ITEM_TOO_LARGE', `The output has ${size} bytes.`, {
            hint: 'Split the input over several items.',
        });
    }

    #inOrder(item: Item): readonly string[] {
        const { length } = this.#sorted;
        if (length === item.size && this.#sorted.every((name) => item.has(name))) {
            return this.#sorted;
        }
        const keyed = [...item.keys()].map((name) => ({ name, key: utf8ToBytes(name) }));
        keyed.sort((a, b) => compareBytes(a.key, b.key));
        this.#sorted = keyed.map(({ name }) => name);
        return this.#sorted;
    }

    #entry(name: string, tensor: Tensor): readonly Uint8Array[] {
        if (!isNumeric(tensor)) return entryOf(name, tensor);
        const known = this.#heads.get(name);
        if (known !== undefined && fits(known, tensor)) return [known.bytes, tensor.data];
        const bytes = Buffer.concat(entryOf(name, tensor).slice(0, -1));
        const { dtype, dims } = tensor;
        this.#heads.set(name, { dtype, dims, length: tensor.data.length, bytes });
        return [bytes, tensor.data];
    }
}

function entryOf(name: string, tensor: Tensor): readonly Uint8Array[] {
    const body = tensorParts(tensor, name);
    return [entryHead(body.reduce((sum, { length }) => sum + length, 0)), ...body];
}
