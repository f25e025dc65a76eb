import {
    graph,
    graphAttribute,
    type GraphParts,
    initializer,
    model,
    node,
    value,
} from '../../bench/onnx-builder';
import type { DType } from '../../protocol';

export { countModel, fillModel } from '../../bench/hungry-models';
export * from '../../bench/onnx-builder';

type Part = Uint8Array;

/** `y = x` for tensors `[n]` of a type. */
export function identityModel(type: DType): Part {
    return model({
        nodes: [node('Identity', ['x'], ['y'])],
        inputs: [value('x', type, ['n'])],
        outputs: [value('y', type, ['n'])],
    });
}

/** `sum = a + b` for float tensors `[2]`. */
export function addModel(): Part {
    return model({
        nodes: [node('Add', ['a', 'b'], ['sum'])],
        inputs: [value('a', 'float32', [2]), value('b', 'float32', [2])],
        outputs: [value('sum', 'float32', [2])],
    });
}

/** Fills a float tensor of `shape` (int64 [1]) and gives it back. */
export function growModel(): Part {
    return model({
        nodes: [node('ConstantOfShape', ['shape'], ['filled'])],
        inputs: [value('shape', 'int64', [1])],
        outputs: [value('filled', 'float32', ['n'])],
    });
}

/** `y = tanh(x * weights)` for a float row of 8: each of 4 results is a sum of rounded products. */
export function denseModel(): Part {
    const weights = Float32Array.from({ length: 32 }, (_, at) => Math.sin(at + 1) / 3);
    const raw = new Uint8Array(weights.buffer);
    return model({
        nodes: [node('MatMul', ['x', 'weights'], ['sums']), node('Tanh', ['sums'], ['y'])],
        initializers: [initializer({ name: 'weights', type: 'float32', dims: [8, 4], raw })],
        inputs: [value('x', 'float32', [1, 8])],
        outputs: [value('y', 'float32', [1, 4])],
    });
}

/** `y = x + weights` for float tensors `[2]`; the weights are in the file `location`. */
export function externalModel(location: string): Part {
    return model({
        nodes: [node('Add', ['x', 'weights'], ['y'])],
        initializers: [initializer({ name: 'weights', type: 'float32', dims: [2], location })],
        inputs: [value('x', 'float32', [2])],
        outputs: [value('y', 'float32', [2])],
    });
}

/** If inside If, `depth` graphs in all, which gives `y = x`. */
export function nestedModel(depth: number): Part {
    function nest(level: number): GraphParts {
        const outputs = [value('y', 'float32', [1])];
        if (level === depth) return { nodes: [node('Identity', ['x'], ['y'])], outputs };
        const inner = graph(nest(level + 1));
        const attributes = [
            graphAttribute('then_branch', inner),
            graphAttribute('else_branch', inner),
        ];
        return { nodes: [node('If', ['yes'], ['y'], { attributes })], outputs };
    }
    return model({
        ...nest(1),
        inputs: [value('x', 'float32', [1])],
        initializers: [initializer({ name: 'yes', type: 'bool', dims: [], raw: Uint8Array.of(1) })],
    });
}

/** A chain of `count` nodes. */
export function chainModel(count: number): Part {
    const nodes = Array.from({ length: count }, (_, i) =>
        node('Neg', [i === 0 ? 'x' : `v${i}`], [i === count - 1 ? 'y' : `v${i + 1}`]),
    );
    return model({
        nodes,
        inputs: [value('x', 'float32', [1])],
        outputs: [value('y', 'float32', [1])],
    });
}
