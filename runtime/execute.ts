import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import type { Item, ItemErrorName, TensorSpec } from '../protocol';
import { checkItemFits, decodeItem, encodeItem, isCocoonError } from '../protocol';
import type { ItemResult, RunRequest } from './messages';
import { fromOutputs, toFeeds } from './ort-tensors';
import { partialFileName } from './stored-output';

/** What a child needs to execute items of one model. */
export interface LoadedSession {
    readonly session: InferenceSession;
    readonly inputs: readonly TensorSpec[];
    readonly outputs: readonly string[];
}

/** An item that ends in an error of its own, not of the process. */
class ItemFailure extends Error {
    constructor(
        readonly code: ItemErrorName,
        message: string,
    ) {
        super(message);
    }
}

/**
 * Executes one encoded item at batch 1 and encodes its output. Never throws: whatever goes wrong
 * without ending the process is the item's typed error.
 */
export async function executeItem(
    loaded: LoadedSession,
    encoded: Uint8Array,
    request: RunRequest,
): Promise<ItemResult> {
    const startedNs = process.hrtime.bigint();
    const elapsedUs = () => Number((process.hrtime.bigint() - startedNs) / 1000n);
    try {
        const feeds = readInput(encoded, loaded.inputs);
        const outputs = await runSession(loaded, feeds);
        const bytes = encodeOutput(outputs, request.maxOutputBytes);
        if (request.store === undefined || bytes.length <= request.store.inlineMaxBytes) {
            return { kind: 'inline', bytes, elapsedUs: elapsedUs() };
        }
        const sha256 = storeOutput(bytes, request.store.dir);
        return { kind: 'file', sha256, sizeBytes: bytes.length, elapsedUs: elapsedUs() };
    } catch (error) {
        const code = error instanceof ItemFailure ? error.code : 'RUNTIME_ERROR';
        return { kind: 'error', code, message: messageOf(error), elapsedUs: elapsedUs() };
    }
}

/** A dimension of 0, on which ONNX Runtime can crash, is refused by the decoder. */
function readInput(encoded: Uint8Array, inputs: readonly TensorSpec[]) {
    try {
        const item: Item = decodeItem(encoded);
        checkItemFits(inputs, item);
        return toFeeds(item);
    } catch (error) {
        throw new ItemFailure('INPUT_INVALID', messageOf(error));
    }
}

async function runSession(
    { session, outputs }: LoadedSession,
    feeds: InferenceSession.FeedsType,
): Promise<InferenceSession.ReturnType> {
    try {
        return await session.run(feeds, outputs);
    } catch (error) {
        throw new ItemFailure(classify(messageOf(error)), messageOf(error));
    }
}

/**
 * ONNX Runtime's binding throws plain errors, so the text has to tell: it names the node that
 * failed, an allocation that failed, or else what it minds about the inputs before any node ran.
 */
function classify(message: string): ItemErrorName {
    if (/bad_alloc|failed to allocate memory|allocation failed/i.test(message)) {
        return 'MEMORY_LIMIT';
    }
    return /while running .* node|Non-zero status code/i.test(message)
        ? 'RUNTIME_ERROR'
        : 'MODEL_REJECTED_INPUT';
}

function encodeOutput(outputs: InferenceSession.ReturnType, maxBytes: number): Uint8Array {
    let bytes: Uint8Array;
    try {
        bytes = encodeItem(fromOutputs(outputs));
    } catch (error) {
        const tooLarge = isCocoonError(error) && error.code === 'ITEM_TOO_LARGE';
        throw new ItemFailure(tooLarge ? 'OUTPUT_LIMIT' : 'RUNTIME_ERROR', messageOf(error));
    }
    if (bytes.length <= maxBytes) return bytes;
    throw new ItemFailure('OUTPUT_LIMIT', `The output of ${bytes.length} bytes is too large.`);
}

/** Writes the output under its hash; a reader never sees half a file under that name. */
function storeOutput(bytes: Uint8Array, dir: string): string {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const partial = join(dir, partialFileName(process.pid));
    writeFileSync(partial, bytes);
    renameSync(partial, join(dir, sha256));
    return sha256;
}

const MESSAGE_CHARACTERS = 500;

function messageOf(error: unknown): string {
    return (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_CHARACTERS);
}
