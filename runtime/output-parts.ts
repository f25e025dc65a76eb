import { compareBytes, type Item, ItemError, MAX_ITEM_BYTES, utf8ToBytes } from '../protocol';
import { entryHead } from '../protocol/framing';
import { tensorParts } from '../protocol/tensor-proto';

/** The canonical bytes of an item, in parts that share the memory of its tensors. */
export interface ItemParts {
    readonly parts: readonly Uint8Array[];
    /** Bytes of all parts. */
    readonly size: number;
}

/**
 * What `encodeItem` joins: an output of a megabyte is then copied once, to where it is hashed and
 * written, and not twice. Names are those of a model's outputs.
 *
 * @throws ItemError `ITEM_TOO_LARGE`, TensorError
 */
export function itemParts(item: Item): ItemParts {
    const named = [...item].map(([name, tensor]) => ({ name, key: utf8ToBytes(name), tensor }));
    named.sort((a, b) => compareBytes(a.key, b.key));
    const parts: Uint8Array[] = [];
    for (const { name, tensor } of named) {
        const body = tensorParts(tensor, name);
        parts.push(entryHead(lengthOf(body)), ...body);
    }
    const size = lengthOf(parts);
    if (size <= MAX_ITEM_BYTES) return { parts, size };
    throw new ItemError('ITEM_TOO_LARGE', `The output has ${size} bytes.`, {
        hint: 'Split the input over several items.',
    });
}

function lengthOf(parts: readonly Uint8Array[]): number {
    return parts.reduce((sum, { length }) => sum + length, 0);
}
