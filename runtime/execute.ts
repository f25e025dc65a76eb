import type { InferenceSession } from 'onnxruntime-common';
import type { ItemErrorName } from '../protocol';
import { concatBytes, isCocoonError } from '../protocol';
import { EngineError, type EngineSession } from './engine';
import type { EncodedItem, ItemResult, RunRequest } from './messages';
import type { ItemReader } from './item-reader';
import { fromOutputs, toFeeds } from './ort-tensors';
import type { ItemParts, OutputEncoder } from './output-parts';
import type { OutputWriter, StoredOutput } from './output-writer';
import type { OutputCollector } from './output-collector';
import type { SliceReader } from './slice-reader';

/** What a child needs to execute items of one model. */
export interface LoadedSession {
    readonly session: EngineSession;
    readonly items: ItemReader;
    readonly outputs: readonly string[];
    readonly encoder: OutputEncoder;
    readonly reader: SliceReader;
    readonly writer: OutputWriter;
    readonly collector: OutputCollector;
}

/** An item that was executed; its output may still be on its way to the disk. */
export interface ExecutedItem {
    /** Never rejects. */
    readonly result: ItemResult | Promise<ItemResult>;
}

/** This machine failed, not the item. */
class DiskFailure extends Error {}

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
    encoded: EncodedItem,
    request: RunRequest,
): Promise<ExecutedItem> {
    const startedNs = process.hrtime.bigint();
    const elapsedUs = () => Number((process.hrtime.bigint() - startedNs) / 1000n);
    const failed = (error: unknown): ItemResult => {
        const message = messageOf(error);
        if (error instanceof DiskFailure) return { kind: 'disk', message, elapsedUs: elapsedUs() };
        const code = error instanceof ItemFailure ? error.code : 'RUNTIME_ERROR';
        return { kind: 'error', code, message, elapsedUs: elapsedUs() };
    };
    try {
        const input = await disk(() => loaded.reader.read(encoded));
        const outputs = await runSession(loaded, readInput(input, loaded.items));
        const output = encodeOutput(outputs, loaded.encoder, request.maxOutputBytes);
        loaded.collector.made(output.size);
        const { store } = request;
        if (store === undefined || output.size <= store.inlineMaxBytes) {
            const bytes = concatBytes(output.parts);
            return { result: { kind: 'inline', bytes, elapsedUs: elapsedUs() } };
        }
        const { stored } = await disk(() => loaded.writer.write(output, store.prefix));
        return { result: fileResult(stored, elapsedUs()).catch(failed) };
    } catch (error) {
        return { result: failed(error) };
    }
}

async function fileResult(stored: Promise<StoredOutput>, elapsedUs: number): Promise<ItemResult> {
    return { kind: 'file', ...(await disk(() => stored)), elapsedUs };
}

/** A dimension of 0, on which ONNX Runtime can crash, is refused by the decoder. */
function readInput(encoded: Uint8Array, items: ItemReader) {
    try {
        return toFeeds(items.read(encoded));
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
        const code = error instanceof EngineError ? error.code : 'RUNTIME_ERROR';
        throw new ItemFailure(code, messageOf(error));
    }
}

function encodeOutput(
    outputs: InferenceSession.ReturnType,
    encoder: OutputEncoder,
    maxBytes: number,
): ItemParts {
    let output: ItemParts;
    try {
        output = encoder.encode(fromOutputs(outputs));
    } catch (error) {
        const tooLarge = isCocoonError(error) && error.code === 'ITEM_TOO_LARGE';
        throw new ItemFailure(tooLarge ? 'OUTPUT_LIMIT' : 'RUNTIME_ERROR', messageOf(error));
    }
    if (output.size <= maxBytes) return output;
    throw new ItemFailure('OUTPUT_LIMIT', `The output of ${output.size} bytes is too large.`);
}

async function disk<T>(work: () => T | Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (cause) {
        throw new DiskFailure(messageOf(cause), { cause });
    }
}

const MESSAGE_CHARACTERS = 500;

function messageOf(error: unknown): string {
    return (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_CHARACTERS);
}
