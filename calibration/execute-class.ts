import {
    DEFAULT_LIMITS,
    type EncodedItem,
    type ExecutionError,
    type FileSlice,
    type ModelSource,
    type OutputPlace,
    readSlice,
    type Runtime,
    type RuntimeLimits,
} from '../runtime';
import type { CalibrationClass } from './calibration-class';

/** Makes a runtime, whose children a program may start; see `RuntimeOptions.launcher`. */
export type OpenRuntime = (launcher: readonly string[] | undefined) => Runtime;

export interface ExecuteClassOptions {
    readonly openRuntime: OpenRuntime;
    readonly limits?: Partial<RuntimeLimits> | undefined;
    readonly outputs?: OutputPlace;
    readonly signal?: AbortSignal | undefined;
}

/** What became of one input in a class. */
export type ClassOutcome =
    | { readonly index: number; readonly output: StoredOutput }
    | { readonly index: number; readonly error: ExecutionError };

/** Canonical bytes of an output item, or where they are. */
export type StoredOutput = Uint8Array | FileSlice;

/** An emulator takes this much longer, and its processes as much more memory. */
const EMULATION = 50;
const EMULATION_MEMORY = 4;

/**
 * Executes encoded items in a class, in processes of their own that end afterwards.
 *
 * @throws ModelRefusedError, RuntimeDiskError, the reason of the signal
 */
export async function* executeClass(
    { executionClass, settings, launcher }: CalibrationClass,
    source: ModelSource,
    items: readonly EncodedItem[],
    { openRuntime, limits = {}, outputs = 'inline', signal }: ExecuteClassOptions,
): AsyncGenerator<ClassOutcome, void, void> {
    const runtime = openRuntime(launcher);
    try {
        const model = await runtime.load(source, {
            executionClass,
            limits: launcher === undefined ? limits : emulated(limits),
            ...(settings && { settings }),
            ...(signal && { signal }),
        });
        for await (const outcome of model.run(items, { outputs, ...(signal && { signal }) })) {
            const { index } = outcome;
            switch (outcome.status) {
                case 'done':
                    yield { index, output: outcome.output };
                    break;
                case 'stored':
                    yield { index, output: outcome.slice };
                    break;
                case 'failed':
                    yield { index, error: outcome.error };
                    break;
            }
        }
    } finally {
        await runtime.stop();
    }
}

/** The bytes of an output, wherever they are. */
export function outputBytes(output: StoredOutput): Uint8Array {
    return output instanceof Uint8Array ? output : readSlice(output);
}

function emulated(limits: Partial<RuntimeLimits>): RuntimeLimits {
    const all = { ...DEFAULT_LIMITS, ...limits };
    return {
        ...all,
        itemTimeoutMs: EMULATION * all.itemTimeoutMs,
        loadTimeoutMs: EMULATION * all.loadTimeoutMs,
        maxMemoryBytes: EMULATION_MEMORY * all.maxMemoryBytes,
    };
}
