import { readFileSync } from 'node:fs';
import { decodeItem, encodeItem, type Item } from '../../protocol';
import type { EncodedItem, LoadedModel, Runtime } from '../../runtime';

type Run = LoadedModel['run'];

/** A runtime that measures models as any other, and never comes to an end with a job. */
export const silent = (runtime: Runtime): Runtime => running(runtime, () => never);

// eslint-disable-next-line require-yield
const never: Run = async function* (_items, { signal } = {}) {
    await new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
};

/** A runtime that looks at none of its inputs: whatever it is given, it computes with zeros. */
export const blind = (runtime: Runtime): Runtime =>
    running(runtime, (model) => (items, options) => model.run(blanks(items), options));

async function* blanks(items: Parameters<Run>[0]) {
    for await (const item of items) yield encodeItem(blank(decodeItem(bytesOf(item))));
}

function bytesOf(item: EncodedItem): Uint8Array {
    if (item instanceof Uint8Array) return item;
    const { path, offset, length } = item;
    return readFileSync(path).subarray(offset, offset + length);
}

function blank(item: Item): Item {
    return new Map(
        [...item].map(([name, tensor]) => [
            name,
            tensor.dtype === 'string'
                ? tensor
                : { ...tensor, data: new Uint8Array(tensor.data.length) },
        ]),
    );
}

function running(runtime: Runtime, runOf: (model: LoadedModel) => Run): Runtime {
    return {
        load: async (source, options) => {
            const model = await runtime.load(source, options);
            return {
                executionClass: model.executionClass,
                inputs: model.inputs,
                outputs: model.outputs,
                get processes() {
                    return model.processes;
                },
                get pids() {
                    return model.pids;
                },
                run: runOf(model),
                benchmark: (items, limits) => model.benchmark(items, limits),
                stop: () => model.stop(),
            };
        },
        stop: () => runtime.stop(),
    };
}
