import { compareBytes, concatBytes, utf8ToBytes } from './bytes';
import { ItemError } from './errors';
import { entryHead, readEntries } from './framing';
import { sha256, type Hash } from './hash';
import { MAX_ITEM_BYTES, MAX_ITEM_TENSORS, MAX_NAME_BYTES } from './limits';
import { hasZeroDimension, type Tensor } from './tensor';
import { decodeTensor, tensorParts } from './tensor-proto';

/*
 * The canonical bytes of an item: the protobuf message
 *
 *     message Item { repeated onnx.TensorProto tensors = 1; }
 *
 * with every tensor in its canonical form, sorted by the UTF-8 bytes of their names, which are
 * unique and not empty. One item has exactly one encoding, so its SHA-256 names it.
 */

/** What a model takes or gives for one input: its tensors by name. */
export type Item = ReadonlyMap<string, Tensor>;

/** Limits that a reader of items may set lower. */
export interface ItemLimits {
    /** Bytes of the encoded item; 64 MiB unless set. */
    readonly maxBytes?: number;
}

/**
 * Encodes an item in its canonical form.
 *
 * @param item Tensors by name, as a map or as an object.
 * @throws ItemError `ITEM_EMPTY`, `ITEM_NAME_INVALID`, `ITEM_TOO_LARGE`; TensorError for a tensor
 * whose dimensions and data do not agree.
 */
export function encodeItem(item: Item | Readonly<Record<string, Tensor>>): Uint8Array {
    const named = entries(item).map(([name, tensor]) => {
        return { name, bytes: checkedName(name), tensor };
    });
    if (named.length === 0) throw emptyItem();
    if (named.length > MAX_ITEM_TENSORS) throw tooManyTensors();
    named.sort((a, b) => compareBytes(a.bytes, b.bytes));
    const parts: Uint8Array[] = [];
    for (const { name, tensor } of named) {
        const tensorBytes = tensorParts(tensor, name);
        const length = tensorBytes.reduce((sum, part) => sum + part.length, 0);
        parts.push(entryHead(length), ...tensorBytes);
    }
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    checkSize(size, MAX_ITEM_BYTES);
    return concatBytes(parts);
}

/**
 * Decodes an input item. Tensors with a dimension of 0 are refused, since one can end the process
 * that runs the model. The tensors are views of the given bytes.
 *
 * @throws ItemError `ITEM_MALFORMED`, `ITEM_EMPTY`, `ITEM_NAME_INVALID`, `ITEM_ZERO_DIMENSION`,
 * `ITEM_TOO_LARGE`; TensorError for a tensor inside that is malformed or not canonical.
 */
export function decodeItem(bytes: Uint8Array, limits: ItemLimits = {}): Item {
    const item = decodeOutputItem(bytes, limits);
    for (const [name, tensor] of item) {
        if (!hasZeroDimension(tensor)) continue;
        throw new ItemError(
            'ITEM_ZERO_DIMENSION',
            `The input ${JSON.stringify(name)} has a dimension of 0.`,
            { hint: 'Leave items without content out of the job.', tensor: name },
        );
    }
    return item;
}

/**
 * Decodes what a model gave for an item, where a dimension of 0 is allowed ("nothing found").
 * The tensors are views of the given bytes.
 *
 * @throws as `decodeItem`, without `ITEM_ZERO_DIMENSION`.
 */
export function decodeOutputItem(bytes: Uint8Array, limits: ItemLimits = {}): Item {
    checkSize(bytes.length, limits.maxBytes ?? MAX_ITEM_BYTES);
    const item = new Map<string, Tensor>();
    let previous: Uint8Array = new Uint8Array(0);
    for (const entry of readEntries(bytes)) {
        if (entry === undefined) throw malformedItem('The bytes are not an item.');
        if (item.size >= MAX_ITEM_TENSORS) throw tooManyTensors();
        const { name, tensor } = decodeTensor(entry);
        const nameBytes = checkedName(name);
        if (compareBytes(previous, nameBytes) >= 0) {
            throw malformedItem('The tensors of an item are not sorted by unique names.');
        }
        previous = nameBytes;
        item.set(name, tensor);
    }
    if (item.size === 0) throw emptyItem();
    return item;
}

/**
 * Hash of an item: the SHA-256 of its encoded bytes and nothing else, so that it is also the
 * address of the item as a blob.
 */
export function itemHash(encodedItem: Uint8Array): Hash {
    return sha256(encodedItem);
}

function entries(item: Item | Readonly<Record<string, Tensor>>): [string, Tensor][] {
    // By shape, since a map of another frame is an instance of another class.
    return typeof (item as Item).entries === 'function'
        ? [...(item as Item).entries()]
        : Object.entries(item as Readonly<Record<string, Tensor>>);
}

function checkedName(name: string): Uint8Array {
    const bytes = utf8ToBytes(name);
    if (bytes.length > 0 && bytes.length <= MAX_NAME_BYTES) return bytes;
    throw new ItemError(
        'ITEM_NAME_INVALID',
        `The name of a tensor has ${bytes.length} bytes; 1 to ${MAX_NAME_BYTES} are allowed.`,
        { hint: 'Name each tensor as the model names its input or output.' },
    );
}

function checkSize(bytes: number, maxBytes: number): void {
    if (bytes <= maxBytes) return;
    throw new ItemError('ITEM_TOO_LARGE', `An item of ${bytes} bytes is over ${maxBytes}.`, {
        hint: 'Split the input over several items.',
    });
}

function tooManyTensors(): ItemError {
    return new ItemError('ITEM_TOO_LARGE', `An item has at most ${MAX_ITEM_TENSORS} tensors.`, {
        hint: 'Join inputs in the model, or use fewer.',
    });
}

function malformedItem(message: string): ItemError {
    return new ItemError('ITEM_MALFORMED', message, { hint: 'Encode items with encodeItem.' });
}

function emptyItem(): ItemError {
    return new ItemError('ITEM_EMPTY', 'The item has no tensors.', {
        hint: 'Give at least one named tensor.',
    });
}
