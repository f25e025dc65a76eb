import { InferenceSession } from 'onnxruntime-node';
import type { ItemErrorName } from '../protocol';
import type { EngineSession, ExternalData } from './engine';
import { EngineError, NODE_FAILED, OUT_OF_MEMORY, sessionOptions } from './engine';
import type { SessionSettings } from './session-settings';

/** The class `native`; see `OpenEngine`. */
export async function openNative(
    model: Uint8Array,
    externalData: readonly ExternalData[],
    settings: SessionSettings,
): Promise<EngineSession> {
    return engineSession(await createSession(model, externalData, settings));
}

/** A session of ONNX Runtime with the settings of this project. */
export function createSession(
    model: Uint8Array,
    externalData: readonly ExternalData[],
    settings: SessionSettings,
): Promise<InferenceSession> {
    return InferenceSession.create(model, {
        ...sessionOptions(settings),
        executionProviders: ['cpu'],
        ...(externalData.length > 0 ? { externalData } : {}),
    });
}

/** @param session - that this one does not release */
export function engineSession(session: InferenceSession): EngineSession {
    return {
        inputMetadata: session.inputMetadata,
        outputMetadata: session.outputMetadata,
        async run(feeds, outputs) {
            try {
                return await session.run(feeds, outputs);
            } catch (cause) {
                const error = cause instanceof Error ? cause : new Error(String(cause));
                throw new EngineError(codeOf(error.message), error);
            }
        },
    };
}

/**
 * ONNX Runtime's binding throws plain errors, so the text has to tell: it names the node that
 * failed, an allocation that failed, or else what it minds about the inputs before any node ran.
 */
function codeOf(message: string): ItemErrorName {
    if (OUT_OF_MEMORY.test(message)) return 'MEMORY_LIMIT';
    return NODE_FAILED.test(message) ? 'RUNTIME_ERROR' : 'MODEL_REJECTED_INPUT';
}
