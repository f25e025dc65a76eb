import { graph, graphAttribute, initializer, model, node, value } from './onnx-builder';

/* Small models whose inputs say how much time or memory they take. */

function int64Bytes(value: bigint): Uint8Array {
    return new Uint8Array(BigInt64Array.of(value).buffer);
}

/** Counts to `trips` (int64 scalar) in a Loop, one at a time: as slow as it is asked to be. */
export function countModel(): Uint8Array {
    const body = graph({
        nodes: [node('Identity', ['go'], ['goOn']), node('Add', ['seen', 'one'], ['next'])],
        inputs: [value('trip', 'int64', []), value('go', 'bool', []), value('seen', 'int64', [])],
        outputs: [value('goOn', 'bool', []), value('next', 'int64', [])],
    });
    return model({
        nodes: [
            node('Loop', ['trips', 'yes', 'zero'], ['count'], {
                attributes: [graphAttribute('body', body)],
            }),
        ],
        initializers: [
            initializer({ name: 'yes', type: 'bool', dims: [], raw: Uint8Array.of(1) }),
            initializer({ name: 'zero', type: 'int64', dims: [], raw: int64Bytes(0n) }),
            initializer({ name: 'one', type: 'int64', dims: [], raw: int64Bytes(1n) }),
        ],
        inputs: [value('trips', 'int64', [])],
        outputs: [value('count', 'int64', [])],
    });
}

/** Fills a float tensor of `shape` (int64 [1]) and gives its `largest` element. */
export function fillModel(): Uint8Array {
    return model({
        nodes: [
            node('ConstantOfShape', ['shape'], ['filled']),
            node('ReduceMax', ['filled'], ['largest']),
        ],
        inputs: [value('shape', 'int64', [1])],
        outputs: [value('largest', 'float32', [1])],
    });
}
