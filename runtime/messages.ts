import type { TensorSpec } from '../protocol';
import type { ExecutionClass } from './execution-class';
import type { SessionSettings } from './session-settings';

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

/** Outputs of a message that are written to files; see `outputFile`. */
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
        case 'results':
            return isCount(value.batch) &&
                isCount(value.from) &&
                isCount(value.rssBytes) &&
                typeof value.done === 'boolean' &&
                Array.isArray(value.results) &&
                value.results.every(isItemResult)
                ? {
                      type: 'results',
                      batch: value.batch,
                      from: value.from,
                      results: value.results,
                      done: value.done,
                      rssBytes: value.rssBytes,
                  }
                : undefined;
        default:
            return undefined;
    }
}

function isItemResult(value: unknown): value is ItemResult {
    if (!isRecord(value) || !isCount(value.elapsedUs)) return false;
    switch (value.kind) {
        case 'inline':
            return value.bytes instanceof Uint8Array;
        case 'file':
            return (
                typeof value.sha256 === 'string' &&
                /^[0-9a-f]{64}$/.test(value.sha256) &&
                isCount(value.sizeBytes)
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
