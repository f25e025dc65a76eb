import { writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { env, InferenceSession } from 'onnxruntime-web';
import type { ItemErrorName } from '../protocol';
import type { EngineSession, ExternalData } from './engine';
import { EngineError, NODE_FAILED, OUT_OF_MEMORY, sessionOptions } from './engine';
import type { SessionSettings } from './session-settings';
import { wasmModuleUrl } from './wasm-module';

/** The build for processors alone: one thread at `numThreads` 1, 128-bit SIMD, not the relaxed. */
const BUILD = 'ort-wasm-simd-threaded';

/** How a child ends whose engine trapped: `EX_SOFTWARE` of sysexits.h. */
const TRAPPED_EXIT_CODE = 70;

/** The class `wasm`; see `OpenEngine`. */
export async function openWasm(
    model: Uint8Array,
    externalData: readonly ExternalData[],
    settings: SessionSettings,
): Promise<EngineSession> {
    configure();
    const session = await survive(() =>
        InferenceSession.create(model, {
            ...sessionOptions(settings),
            executionProviders: ['wasm'],
            ...(externalData.length > 0 ? { externalData } : {}),
        }),
    );
    return {
        inputMetadata: session.inputMetadata,
        outputMetadata: session.outputMetadata,
        async run(feeds, outputs) {
            try {
                // An object of its own: onnxruntime-web writes into it.
                return await survive(() => session.run(feeds, outputs, { logSeverityLevel: 4 }));
            } catch (cause) {
                const error = cause as Error;
                throw new EngineError(codeOf(error.message), error);
            }
        },
    };
}

/** Both files come from the package, by their paths: it shall look for nothing by itself. */
function configure(): void {
    const dist = dirname(require.resolve('onnxruntime-web'));
    env.logLevel = 'fatal';
    env.wasm.numThreads = 1;
    env.wasm.proxy = false;
    env.wasm.wasmPaths = {
        mjs: wasmModuleUrl(pathToFileURL(join(dist, `${BUILD}.mjs`))),
        wasm: join(dist, `${BUILD}.wasm`),
    };
}

/**
 * Lets through what ONNX Runtime reports as an `Error`. A trap, an overflow of the stack, or an
 * exception that nobody caught leave its memory in an unknown state, as a signal does with the
 * native library; so they end the process as that does.
 */
async function survive<T>(work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        const reported = error instanceof Error && error.name === 'Error';
        if (reported || (error instanceof RangeError && OUT_OF_MEMORY.test(error.message))) {
            throw error;
        }
        writeSync(process.stderr.fd, String(error));
        process.exit(TRAPPED_EXIT_CODE);
    }
}

/** What a tensor gives that does not fit into the 4 GiB that WebAssembly can address. */
const BEYOND_ADDRESSES =
    /SafeIntOnOverflow|Tensor shape is too large|exceeds the supported maximum of \d+ bytes/;

const INPUT_REFUSED = /(?:Invalid rank|Got invalid dimensions) for input/;

/**
 * The same codes as in the class `native`. There each exception of a node is caught and told with
 * the node's name; here it arrives as it was thrown, so that what is not known to be about the
 * inputs is about a node.
 */
function codeOf(message: string): ItemErrorName {
    if (OUT_OF_MEMORY.test(message) || BEYOND_ADDRESSES.test(message)) return 'MEMORY_LIMIT';
    return INPUT_REFUSED.test(message) && !NODE_FAILED.test(message)
        ? 'MODEL_REJECTED_INPUT'
        : 'RUNTIME_ERROR';
}
