import { types } from 'node:util';
import { concatBytes, type TensorSpec } from '../protocol';
import type { ExecutionClass } from './execution-class';
import type { SessionSettings } from './session-settings';

const { isFloat64Array, isUint32Array, isUint8Array } = types;

/*
 * What parent and child tell each other over the IPC channel (`serialization: 'advanced'`, so byte
 * arrays travel as they are). The child runs other people's models: its messages are checked.
 */

/** A file the child must hash before it uses it. */
export interface VerifiedFile {
    readonly path: string;
    /** Lower-case hex. */
    readonly sha256: string;
}

/** An external data file; `location` is the name by which the graph refers to it. */
export interface ExternalFile extends VerifiedFile {
    readonly location: string;
}

export interface LoadRequest {
    readonly type: 'load';
    readonly executionClass: ExecutionClass;
    readonly settings: SessionSettings;
    readonly model: VerifiedFile;
    readonly externalFiles: readonly ExternalFile[];
    /** What items are held against. */
    readonly inputs: readonly TensorSpec[];
    /** Names of the outputs to compute. */
    readonly outputs: readonly string[];
}

/**
 * A part of a file. Items that lie in one need not pass through the parent and the channel, which
 * would cost about 4 ms a MB.
 */
export interface FileSlice {
    /** Absolute path; the file does not change while a run uses it. */
    readonly path: string;
    readonly offset: number;
    readonly length: number;
}

/** An encoded item: its bytes, or where they are. */
export type EncodedItem = Uint8Array | FileSlice;

export interface RunRequest {
    readonly type: 'run';
    readonly batch: number;
    /** Executed one after the other, each at batch 1. */
    readonly items: readonly EncodedItem[];
    readonly maxOutputBytes: number;
    /** Absent: outputs come back in the message. */
    readonly store?: OutputFiles;
}

/** Outputs of a message that are written to packs; see `packPath`. */
export interface OutputFiles {
    /** Absolute. */
    readonly prefix: string;
    /** Outputs up to this size come back in the message all the same. */
    readonly inlineMaxBytes: number;
}

/** Drop what is left of a batch after the item that is running. */
export interface CancelRequest {
    readonly type: 'cancel';
    readonly batch: number;
}

export type ParentMessage = LoadRequest | RunRequest | CancelRequest;

export type ItemResult =
    | { readonly kind: 'inline'; readonly bytes: Uint8Array; readonly elapsedUs: number }
    | {
          readonly kind: 'file';
          readonly sha256: string;
          readonly sizeBytes: number;
          /** In which pack of the message of items the output is, and where it begins there. */
          readonly pack: number;
          readonly offset: number;
          readonly elapsedUs: number;
      }
    | {
          readonly kind: 'error';
          readonly code: string;
          readonly message: string;
          readonly elapsedUs: number;
      }
    /** This machine failed, not the item: its slice cannot be read or its output not be written. */
    | { readonly kind: 'disk'; readonly message: string; readonly elapsedUs: number };

export type ChildMessage =
    | { readonly type: 'loaded' }
    | {
          readonly type: 'refused';
          readonly reason: 'hash-mismatch' | 'load-failed';
          readonly message: string;
      }
    | {
          readonly type: 'results';
          readonly batch: number;
          /** Position in the batch of the first result. */
          readonly from: number;
          readonly results: readonly ItemResult[];
          /** Nothing more will come for this batch. */
          readonly done: boolean;
          readonly rssBytes: number;
      };

/** Results as they travel: for small outputs, objects would cost more than their bytes do. */
interface PackedResults {
    /** The outputs that are here, one after the other. */
    readonly outputs: Uint8Array;
    /** Of each result the length of its output; `NOT_INLINE` for what is in `others`. */
    readonly lengths: Uint32Array;
    readonly elapsedUs: Float64Array;
    /** Results without an output here, in their order. */
    readonly others: readonly ItemResult[];
}

const NOT_INLINE = 0xffff_ffff;

/** A message of the child as it travels; `parseChildMessage` reads it. */
export function packMessage(message: ChildMessage): unknown {
    if (message.type !== 'results') return message;
    return { ...message, results: packResults(message.results) };
}

function packResults(results: readonly ItemResult[]): PackedResults {
    const inline = results.map((result) => (result.kind === 'inline' ? result.bytes : undefined));
    return {
        outputs: concatBytes(inline.filter((bytes) => bytes !== undefined)),
        lengths: Uint32Array.from(inline, (bytes) => bytes?.length ?? NOT_INLINE),
        elapsedUs: Float64Array.from(results, ({ elapsedUs }) => elapsedUs),
        others: results.filter(({ kind }) => kind !== 'inline'),
    };
}

/** @returns the results, whose outputs are views of the message; nothing when they are none */
function unpackResults(value: unknown): ItemResult[] | undefined {
    if (!isRecord(value)) return undefined;
    const { outputs, lengths, elapsedUs, others } = value;
    if (!isUint8Array(outputs) || !isUint32Array(lengths)) return undefined;
    if (!isFloat64Array(elapsedUs) || elapsedUs.length !== lengths.length) return undefined;
    if (!Array.isArray(others) || !others.every(isItemResult)) return undefined;
    const results: ItemResult[] = [];
    let [at, other] = [0, 0];
    for (const [position, length] of lengths.entries()) {
        if (length === NOT_INLINE) {
            const result = others[other++];
            if (result === undefined) return undefined;
            results.push(result);
            continue;
        }
        const took = elapsedUs[position];
        if (at + length > outputs.length || !isCount(took)) return undefined;
        const bytes = new Uint8Array(outputs.buffer, outputs.byteOffset + at, length);
        results.push({ kind: 'inline', bytes, elapsedUs: took });
        at += length;
    }
    return at === outputs.length && other === others.length ? results : undefined;
}

/** @returns the message, or `undefined` when it is not one: the child is then not to be trusted. */
export function parseChildMessage(value: unknown): ChildMessage | undefined {
    if (!isRecord(value)) return undefined;
    switch (value.type) {
        case 'loaded':
            return { type: 'loaded' };
        case 'refused':
            return (value.reason === 'hash-mismatch' || value.reason === 'load-failed') &&
                typeof value.message === 'string'
                ? { type: 'refused', reason: value.reason, message: value.message }
                : undefined;
        case 'results': {
            const results = unpackResults(value.results);
            return isCount(value.batch) &&
                isCount(value.from) &&
                isCount(value.rssBytes) &&
                typeof value.done === 'boolean' &&
                results !== undefined
                ? {
                      type: 'results',
                      batch: value.batch,
                      from: value.from,
                      results,
                      done: value.done,
                      rssBytes: value.rssBytes,
                  }
                : undefined;
        }
        default:
            return undefined;
    }
}

/** Whether it is one without an output in the message. */
function isItemResult(value: unknown): value is ItemResult {
    if (!isRecord(value) || !isCount(value.elapsedUs)) return false;
    switch (value.kind) {
        case 'file':
            return (
                typeof value.sha256 === 'string' &&
                /^[0-9a-f]{64}$/.test(value.sha256) &&
                isCount(value.sizeBytes) &&
                isCount(value.pack) &&
                isCount(value.offset)
            );
        case 'error':
            return typeof value.code === 'string' && typeof value.message === 'string';
        case 'disk':
            return typeof value.message === 'string';
        default:
            return false;
    }
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
