import type { HashHex, ItemErrorName } from '../protocol';
import type { FileSlice } from './messages';

/** What became of one item, as this machine saw it. */
export type ExecutionOutcome =
    | {
          readonly status: 'done';
          /** Place of the item in what was passed to `run`, from 0. */
          readonly index: number;
          /** Canonical bytes of the output item. */
          readonly output: Uint8Array;
          /** Time in the child from decoding the input to the encoded output, microseconds. */
          readonly elapsedUs: number;
      }
    | {
          readonly status: 'stored';
          readonly index: number;
          /**
           * SHA-256 of the output item, as the child reports it: whoever serves the file verifies
           * it, as with any blob.
           */
          readonly sha256: HashHex;
          /**
           * Where it is: in a file with outputs of other items, to which more may be added. Who
           * takes them over moves it away or removes it; no other run has outputs in it.
           */
          readonly slice: FileSlice;
          readonly elapsedUs: number;
      }
    | {
          readonly status: 'failed';
          readonly index: number;
          readonly error: ExecutionError;
          readonly elapsedUs: number;
      };

/** Why an item has no output. */
export interface ExecutionError {
    readonly code: ItemErrorName;
    /** For people; it differs between machines. */
    readonly message: string;
}

/** How far a run is. */
export interface RunProgress {
    /** Items taken from the source so far. */
    readonly taken: number;
    /** Items with an outcome, failed ones included. */
    readonly finished: number;
    readonly failed: number;
}

/** Where outputs go. `inline`: into the outcome. Otherwise large ones go to files in `dir`. */
export type OutputPlace =
    | 'inline'
    | {
          /** Absolute path of an existing folder. */
          readonly dir: string;
          /** Outputs up to this size stay inline, bytes; 0, so none, unless set. */
          readonly inlineMaxBytes?: number;
      };
