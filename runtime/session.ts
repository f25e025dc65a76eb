import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { EngineSession, OpenEngine } from './engine';
import type { ExecutionClass } from './execution-class';
import type { LoadRequest, VerifiedFile } from './messages';

/** A child loads the library of its own class only. */
const ENGINES: Readonly<Record<ExecutionClass, () => Promise<OpenEngine>>> = {
    native: async () => (await import('./native-engine.js')).openNative,
    wasm: async () => (await import('./wasm-engine.js')).openWasm,
};

/** A file is not the one that was verified. */
export class HashMismatchError extends Error {}

/**
 * Loads a model from the very bytes that were hashed, external data included, so that a file
 * changed on disk in between is never used and ONNX Runtime opens no file by itself.
 *
 * @throws HashMismatchError, or what ONNX Runtime throws
 */
export async function openSession(request: LoadRequest): Promise<EngineSession> {
    const model = await readVerified(request.model);
    const externalData = [];
    for (const file of request.externalFiles) {
        externalData.push({ path: file.location, data: await readVerified(file) });
    }
    const open = await ENGINES[request.executionClass]();
    return open(model, externalData, request.settings);
}

async function readVerified({ path, sha256 }: VerifiedFile): Promise<Uint8Array> {
    const bytes = await readFile(path);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new HashMismatchError('The file has other bytes than its hash says.');
    }
    return bytes;
}
