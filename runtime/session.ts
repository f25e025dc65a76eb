import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { InferenceSession as Session } from 'onnxruntime-node';
import { InferenceSession } from 'onnxruntime-node';
import type { LoadRequest, VerifiedFile } from './messages';

/**
 * Fixed by this project and part of the class of a result. ONNX Runtime accepts options it does
 * not know without a word, so nothing from outside is ever merged in.
 */
const SESSION_OPTIONS: Session.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    enableMemPattern: true,
    logSeverityLevel: 4,
};

/** A file is not the one that was verified. */
export class HashMismatchError extends Error {}

/**
 * Loads a model from the very bytes that were hashed, external data included, so that a file
 * changed on disk in between is never used and ONNX Runtime opens no file by itself.
 *
 * @throws HashMismatchError, or what ONNX Runtime throws
 */
export async function openSession(request: LoadRequest): Promise<Session> {
    const model = await readVerified(request.model);
    const externalData = [];
    for (const file of request.externalFiles) {
        externalData.push({ path: file.location, data: await readVerified(file) });
    }
    return InferenceSession.create(model, {
        ...SESSION_OPTIONS,
        ...(externalData.length > 0 ? { externalData } : {}),
    });
}

async function readVerified({ path, sha256 }: VerifiedFile): Promise<Uint8Array> {
    const bytes = await readFile(path);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new HashMismatchError('The file has other bytes than its hash says.');
    }
    return bytes;
}
