import { isNumeric, type Item } from '../../protocol';

/** An item as a line of a file for `--items`: elements as base64 of their little-endian bytes. */
export function itemLine(item: Item): string {
    const tensors = [...item].map(([name, tensor]) => {
        if (!isNumeric(tensor)) throw new TypeError(`${name} has strings.`);
        const { dtype, dims, data } = tensor;
        return [name, { dtype, dims, data: Buffer.from(data).toString('base64') }];
    });
    return JSON.stringify(Object.fromEntries(tensors));
}
