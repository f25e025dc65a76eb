import type { LoadedModel, Runtime } from '../../runtime';

/** A runtime that measures models as any other, and never comes to an end with a job. */
export function silent(runtime: Runtime): Runtime {
    return {
        load: async (source, options) => silentModel(await runtime.load(source, options)),
        stop: () => runtime.stop(),
    };
}

function silentModel(model: LoadedModel): LoadedModel {
    return {
        executionClass: model.executionClass,
        inputs: model.inputs,
        outputs: model.outputs,
        get pids() {
            return model.pids;
        },
        // eslint-disable-next-line require-yield
        async *run(_items, { signal } = {}) {
            await new Promise((_, reject) => {
                signal?.addEventListener('abort', () => reject(signal.reason as Error));
            });
        },
        benchmark: (items, options) => model.benchmark(items, options),
        stop: () => model.stop(),
    };
}
