/**
 * What executes a model, and so how its results are rounded. `native`: ONNX Runtime as a library
 * of this processor, whose instruction set shows in the last bits. `wasm`: the same version of it
 * as WebAssembly, slower, and by the standard with the same bits on every processor (those inside
 * of a NaN apart). Results of two classes are not equal, but lie within the tolerance of the
 * model's manifest.
 */
export const EXECUTION_CLASSES = ['native', 'wasm'] as const;

export type ExecutionClass = (typeof EXECUTION_CLASSES)[number];

/**
 * Arguments for Node.js in a child of each class. V8 compiles WebAssembly anew while it runs, in
 * as many threads as there are processors; a child has one core, and with one thread it is ready
 * sooner, no slower afterwards, and 100 MB smaller.
 */
export const NODE_ARGUMENTS: Readonly<Record<ExecutionClass, readonly string[]>> = {
    native: [],
    wasm: ['--v8-pool-size=1'],
};
