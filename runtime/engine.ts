import type { InferenceSession } from 'onnxruntime-common';
import type { ItemErrorName } from '../protocol';
import type { SessionSettings } from './session-settings';

/** A file that a model refers to. */
export interface ExternalData {
    /** By which the graph names it. */
    readonly path: string;
    readonly data: Uint8Array;
}

/** A model in an engine. */
export interface EngineSession {
    readonly inputMetadata: InferenceSession['inputMetadata'];
    readonly outputMetadata: InferenceSession['outputMetadata'];
    /**
     * Executes the model once.
     *
     * @param outputs names of the outputs to compute
     * @throws EngineError; a fault that leaves the engine in an unknown state ends the process
     */
    run(
        feeds: InferenceSession.FeedsType,
        outputs: readonly string[],
    ): Promise<InferenceSession.ReturnType>;
}

/**
 * Loads a model into the engine of an execution class: one a process, without any file or network
 * of its own.
 *
 * @throws what ONNX Runtime minds about the model
 */
export type OpenEngine = (
    model: Uint8Array,
    externalData: readonly ExternalData[],
    settings: SessionSettings,
) => Promise<EngineSession>;

/** A run without outputs, and what that says of the item. */
export class EngineError extends Error {
    constructor(
        readonly code: ItemErrorName,
        cause: Error,
    ) {
        super(cause.message, { cause });
    }
}

/**
 * Options of a session: fixed by this project and part of the class of a result. ONNX Runtime accepts
 * options it does not know without a word, so nothing from outside is ever merged in.
 */
export function sessionOptions({
    threads,
    optimisation,
}: SessionSettings): InferenceSession.SessionOptions {
    return {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: optimisation,
        enableCpuMemArena: true,
        enableMemPattern: true,
        logSeverityLevel: 4,
    };
}

/** What ONNX Runtime says when it gets no memory. */
export const OUT_OF_MEMORY = /bad_alloc|failed to allocate memory|allocation failed/i;

/** What it says when a node fails, whatever the reason. */
export const NODE_FAILED = /while running .* node|Non-zero status code/i;
