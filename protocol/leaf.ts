import { concatBytes, i8ToBytes, u16ToBytes, u32ToBytes, u64ToBytes, utf8ToBytes } from './bytes';
import { LeafError } from './errors';
import { HASH_BYTES, type Hash, sha256, type Sha256 } from './hash';
import { MAX_JOB_ITEMS } from './limits';
import { LEAF_PREFIX, MerkleTree, merkleLeafHash } from './merkle';

/*
 * The data of a result leaf, all numbers most significant byte first:
 *
 *      1  length of the tag, 14
 *     14  "cocoon.leaf.v1"
 *      1  workchain of the escrow, signed
 *     32  account hash of the escrow
 *      8  job id
 *      4  index of the item in the job, from 0
 *     32  SHA-256 of the encoded input item
 *      1  0 for a result, 1 for an error
 *     32  a result: SHA-256 of the encoded output item
 *   or 2  an error: its code
 *
 * With the prefix byte of a Merkle leaf a result takes 126 bytes, which fit one cell, so that a
 * contract can hash a leaf with one instruction.
 */
const TAG_TEXT = utf8ToBytes('cocoon.leaf.v1');
const TAG = concatBytes([Uint8Array.of(TAG_TEXT.length), TAG_TEXT]);

const KIND_RESULT = Uint8Array.of(0);
const KIND_ERROR = Uint8Array.of(1);

/** Which job a leaf belongs to; it keeps a result from being passed off as another job's. */
export interface LeafContext {
    /** Address of the escrow contract that holds the job. */
    readonly escrow: { readonly workchain: number; readonly hash: Uint8Array };
    /** Id of the job in its escrow, 64 bits. */
    readonly jobId: bigint | number;
}

/**
 * Why an item has no result. The numbers are part of the leaf and never change. A leaf holds the
 * number alone: messages differ between machines that agree on the error.
 */
export const ITEM_ERROR_CODES = {
    /** The input is no item, or does not fit the manifest. */
    INPUT_INVALID: 1,
    /** The model refused the values of the input. */
    MODEL_REJECTED_INPUT: 2,
    /** The model failed while it ran. */
    RUNTIME_ERROR: 3,
    /** The item took longer than the job allows. */
    TIME_LIMIT: 4,
    /** The item took more memory than the job allows. */
    MEMORY_LIMIT: 5,
    /** The encoded output is larger than the job allows. */
    OUTPUT_LIMIT: 6,
    /** The process that ran the model ended by itself. */
    PROCESS_DIED: 7,
} as const;

export type ItemErrorName = keyof typeof ITEM_ERROR_CODES;
export type ItemErrorCode = (typeof ITEM_ERROR_CODES)[ItemErrorName];

/**
 * Errors that a slower, busier or smaller machine may meet where another one does not. A leaf
 * with one of them never convicts anybody. Memory is sampled while the item runs, and the system
 * ends processes when it runs short, so both depend on timing too.
 */
const TIMING_DEPENDENT: ReadonlySet<number> = new Set<ItemErrorCode>([
    ITEM_ERROR_CODES.TIME_LIMIT,
    ITEM_ERROR_CODES.MEMORY_LIMIT,
    ITEM_ERROR_CODES.PROCESS_DIED,
]);

/** Whether honest machines may disagree on this error, so that it never convicts. */
export function dependsOnTiming(code: ItemErrorCode): boolean {
    return TIMING_DEPENDENT.has(code);
}

/** Name of an error code, or undefined for a number that is none. */
export function itemErrorName(code: number): ItemErrorName | undefined {
    const names = Object.keys(ITEM_ERROR_CODES) as ItemErrorName[];
    return names.find((name) => ITEM_ERROR_CODES[name] === code);
}

/** What became of one item. */
export type ItemOutcome =
    | {
          readonly kind: 'result';
          /** SHA-256 of the encoded output item. */
          readonly resultHash: Uint8Array;
      }
    | { readonly kind: 'error'; readonly code: ItemErrorCode };

/** One leaf of a job's result tree. */
export interface ResultLeaf {
    /** Place of the item in the job, from 0. */
    readonly index: number;
    /** SHA-256 of the encoded input item. */
    readonly inputHash: Uint8Array;
    readonly outcome: ItemOutcome;
}

/**
 * Data of a result leaf: 125 bytes for a result, 95 for an error.
 *
 * @throws LeafError `LEAF_FIELD_INVALID` for a hash that is not 32 bytes, an index over the items
 * of a job, an unknown error code; EncodingError `NUMBER_RANGE` for a workchain or a job id.
 */
export function leafData(context: LeafContext, leaf: ResultLeaf): Uint8Array {
    return concatBytes([contextHead(context), ...leafParts(leaf)]);
}

/** The bytes that all leaves of a job begin with. */
function contextHead({ escrow, jobId }: LeafContext): Uint8Array {
    const hash = checkedHash(escrow.hash, 'the escrow');
    return concatBytes([TAG, i8ToBytes(escrow.workchain), hash, u64ToBytes(jobId)]);
}

function leafParts({ index, inputHash, outcome }: ResultLeaf): Uint8Array[] {
    const place = u32ToBytes(checkedIndex(index));
    return [place, checkedHash(inputHash, 'the input'), ...outcomeParts(outcome)];
}

function checkedIndex(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < MAX_JOB_ITEMS) return index;
    throw invalid(`the index ${index}`);
}

function outcomeParts(outcome: ItemOutcome): Uint8Array[] {
    if (outcome.kind === 'result') {
        return [KIND_RESULT, checkedHash(outcome.resultHash, 'the result')];
    }
    if (itemErrorName(outcome.code) === undefined) throw invalid(`error ${String(outcome.code)}`);
    return [KIND_ERROR, u16ToBytes(outcome.code)];
}

/**
 * Hash of a result leaf as it stands in the tree: `sha256(0x00 || leafData)`.
 *
 * @throws as `leafData`.
 */
export function leafHash(context: LeafContext, leaf: ResultLeaf): Hash {
    return merkleLeafHash(leafData(context, leaf));
}

/**
 * `leafHash` for many leaves of one job, in a third of the time: what they begin with is written
 * once.
 *
 * @throws EncodingError, LeafError as `leafData` for the context; the function, for a leaf
 */
export function leafHasher(
    context: LeafContext,
    hashOf: Sha256 = sha256,
): (leaf: ResultLeaf) => Hash {
    const head = concatBytes([LEAF_PREFIX, contextHead(context)]);
    const result = new Uint8Array(head.length + 4 + HASH_BYTES + 1 + HASH_BYTES);
    result.set(head);
    const view = new DataView(result.buffer);
    return (leaf) => {
        const { index, inputHash, outcome } = leaf;
        if (outcome.kind === 'error') return hashOf(concatBytes([head, ...leafParts(leaf)]));
        view.setUint32(head.length, checkedIndex(index));
        result.set(checkedHash(inputHash, 'the input'), head.length + 4);
        // The kind stays 0.
        const at = head.length + 4 + HASH_BYTES + 1;
        result.set(checkedHash(outcome.resultHash, 'the result'), at);
        return hashOf(result);
    };
}

/**
 * Result tree of a job; its root is what the provider commits, and it serves the proofs.
 *
 * @param leaves One for each item of the job, in order.
 * @throws LeafError `LEAF_COUNT_INVALID` unless there are 1 to 1,000,000 with indexes 0, 1, 2...;
 * and as `leafData`.
 */
export function resultTree(context: LeafContext, leaves: readonly ResultLeaf[]): MerkleTree {
    const ordered = leaves.every((leaf, position) => leaf.index === position);
    if (leaves.length === 0 || leaves.length > MAX_JOB_ITEMS || !ordered) {
        throw new LeafError(
            'LEAF_COUNT_INVALID',
            'A result tree has one leaf for each item of the job, in their order.',
            'Give a leaf for every item, with an error where there is no result.',
        );
    }
    return MerkleTree.ofLeafHashes(leaves.map(leafHasher(context)));
}

/** Root of the result tree of a job. Throws as `resultTree`. */
export function resultRoot(context: LeafContext, leaves: readonly ResultLeaf[]): Hash {
    return resultTree(context, leaves).root;
}

function checkedHash(hash: Uint8Array, of: string): Uint8Array {
    if (hash.length !== HASH_BYTES) throw invalid(`a hash of ${hash.length} bytes for ${of}`);
    return hash;
}

function invalid(what: string): LeafError {
    return new LeafError(
        'LEAF_FIELD_INVALID',
        `A result leaf cannot hold ${what}.`,
        'Take context, index and hashes from the job.',
    );
}
