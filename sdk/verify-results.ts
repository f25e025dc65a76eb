import type { Address } from '@ton/core';
import {
    decodeOutputItem,
    hashFromBigInt,
    type Hash,
    hashToHex,
    type Item,
    type ItemErrorCode,
    itemErrorName,
    type ItemErrorName,
    type ItemSeal,
    type LeafContext,
} from '../protocol';
import type { JobCommit } from '../wrappers';
import type { CallOptions } from './chain';
import { ResultRefusedError } from './delivery-errors';
import type { ResultLeaves } from './result-leaves';
import { ResultRoot } from './result-root';

/** Why a committed output is not in the client's hands. */
export type OutputFailure =
    /** The node does not serve it. */
    | 'OUTPUT_UNAVAILABLE'
    /** What the node serves is larger than the job allows, or has another hash than the leaf. */
    | 'OUTPUT_MISMATCH'
    /** It is what the node committed to, and no item. */
    | 'OUTPUT_MALFORMED';

/** What became of one item. */
export type ItemResult = DoneItem | FailedItem | MissingItem;

/** An output that is proved against the chain. */
export interface DoneItem {
    readonly status: 'done';
    readonly index: number;
    readonly output: Item;
}

/** An item that failed where it was executed: proved against the chain, and not paid for. */
export interface FailedItem {
    readonly status: 'failed';
    readonly index: number;
    /** The failure is a leaf of the committed results. */
    readonly committed: true;
    readonly code: ItemErrorCode;
    readonly name: ItemErrorName;
}

/** An output that the node committed to and did not deliver. */
export interface MissingItem {
    readonly status: 'failed';
    readonly index: number;
    readonly committed: false;
    readonly name: OutputFailure;
    /** For people. */
    readonly detail: string;
}

/** Whether a result is one that the node still owes. */
export function isMissing(result: ItemResult): result is MissingItem {
    return result.status === 'failed' && !result.committed;
}

export interface VerifyLeavesRequest extends CallOptions {
    readonly escrow: Address;
    readonly jobId: number;
    /** Hash of each encoded input, in order. */
    readonly inputHashes: readonly Hash[];
    /** From the chain. */
    readonly commit: Pick<JobCommit, 'root' | 'faulty'>;
    /** As a node serves them. */
    readonly leaves: ResultLeaves;
}

/**
 * Makes the result tree from the client's own inputs and the leaves that a node serves, and holds
 * its root against the one on chain: after that the hash of every output is known, before any of
 * them was fetched. Works in small steps, so that a page stays alive with a million items.
 *
 * @throws ResultRefusedError `count`, `malformed`, `root` or `faulty`; the reason of the signal
 */
export async function verifyLeaves(request: VerifyLeavesRequest): Promise<void> {
    const { inputHashes, commit, escrow, jobId, leaves, signal } = request;
    if (leaves.count !== inputHashes.length) {
        const detail = `${leaves.count} outcomes for ${inputHashes.length} items.`;
        throw new ResultRefusedError('count', detail);
    }
    const tree = new ResultRoot(leafContext(escrow, jobId), inputHashes, leaves);
    const root = await tree.finish(signal).catch((cause: unknown) => {
        if (!(cause instanceof RangeError)) throw cause;
        throw new ResultRefusedError('malformed', 'the leaves cannot be read.', cause);
    });
    if (hashToHex(root) !== hashToHex(hashFromBigInt(commit.root))) {
        throw new ResultRefusedError('root', 'their root is not the one that is on chain.');
    }
    if (tree.faulty !== commit.faulty) {
        const detail = `${tree.faulty} items failed, and the chain counts ${commit.faulty}.`;
        throw new ResultRefusedError('faulty', detail);
    }
}

/** Which job a leaf belongs to. */
export function leafContext(escrow: Address, jobId: number): LeafContext {
    return { escrow: { workchain: escrow.workChain, hash: escrow.hash }, jobId };
}

/** The result of an item whose leaf is an error. */
export function failedItem(index: number, code: ItemErrorCode): FailedItem {
    const name = itemErrorName(code) ?? 'RUNTIME_ERROR';
    return { status: 'failed', index, committed: true, code, name };
}

export function missingItem(index: number, name: OutputFailure, detail: string): MissingItem {
    return { status: 'failed', index, committed: false, name, detail };
}

/**
 * The result of an item from bytes that have the hash of its leaf.
 *
 * @param open - opens the outputs of a sealed job
 */
export function readOutput(
    index: number,
    bytes: Uint8Array,
    open: ItemSeal['open'] = (_index, item) => item,
): DoneItem | MissingItem {
    try {
        return { status: 'done', index, output: decodeOutputItem(open(index, bytes)) };
    } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return missingItem(index, 'OUTPUT_MALFORMED', detail);
    }
}
