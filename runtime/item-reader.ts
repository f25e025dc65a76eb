import {
    checkItemFits,
    decodeItem,
    isNumeric,
    type Item,
    type NumericTensor,
    type Tensor,
    type TensorSpec,
} from '../protocol';

/** What the items of a job have in common: all their bytes but the data of the tensors. */
interface Layout {
    readonly length: number;
    /** Bytes between the data, and where they stand. */
    readonly fixed: readonly { readonly start: number; readonly bytes: Uint8Array }[];
    readonly tensors: readonly {
        readonly name: string;
        readonly dtype: NumericTensor['dtype'];
        readonly dims: NumericTensor['dims'];
        readonly start: number;
        readonly end: number;
    }[];
}

/**
 * Decodes items of one model. Items of a job are mostly alike, and canonical: where one has the
 * names, types and dimensions of the one before it, bit for bit, its data are known to stand at the
 * same places, which takes a tenth of the time that reading the message does.
 */
export class ItemReader {
    #layout: Layout | undefined;

    constructor(private readonly specs: readonly TensorSpec[]) {}

    /**
     * The tensors of an item that fits the model, as views of its bytes.
     *
     * @throws as `decodeItem` and `checkItemFits` do
     */
    read(bytes: Uint8Array): Item {
        const known = this.#layout === undefined ? undefined : readAs(this.#layout, bytes);
        if (known !== undefined) return known;
        const item = decodeItem(bytes);
        checkItemFits(this.specs, item);
        this.#layout = layoutOf(item, bytes);
        return item;
    }
}

function readAs({ length, fixed, tensors }: Layout, bytes: Uint8Array): Item | undefined {
    if (bytes.length !== length) return undefined;
    for (const { start, bytes: wanted } of fixed) {
        for (let i = 0; i < wanted.length; i++) {
            if (bytes[start + i] !== wanted[i]) return undefined;
        }
    }
    const item = new Map<string, Tensor>();
    const { buffer, byteOffset } = bytes;
    for (const { name, dtype, dims, start, end } of tensors) {
        // Not a part of a `Buffer`, which takes four times as long to make.
        const data = new Uint8Array(buffer, byteOffset + start, end - start);
        item.set(name, { dtype, dims, data });
    }
    return item;
}

/** Nothing where more than the layout decides whether an item is valid. */
function layoutOf(item: Item, bytes: Uint8Array): Layout | undefined {
    const tensors: Layout['tensors'][number][] = [];
    const fixed: Layout['fixed'][number][] = [];
    let at = 0;
    for (const [name, tensor] of item) {
        // Booleans are 0 or 1, and strings have lengths of their own.
        if (!isNumeric(tensor) || tensor.dtype === 'bool') return undefined;
        const start = tensor.data.byteOffset - bytes.byteOffset;
        const end = start + tensor.data.length;
        fixed.push({ start: at, bytes: bytes.slice(at, start) });
        const { dtype, dims } = tensor;
        tensors.push({ name, dtype, dims, start, end });
        at = end;
    }
    fixed.push({ start: at, bytes: bytes.slice(at) });
    return { length: bytes.length, fixed, tensors };
}
