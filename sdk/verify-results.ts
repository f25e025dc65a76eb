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
    itemHash,
    type LeafContext,
    resultTree,
    type ResultLeaf,
} from '../protocol';
import type { JobCommit } from '../wrappers';
import { ResultRefusedError } from './errors';
import type { FetchedResults } from './fetch-results';

/** What became of one item, proved against the chain. */
export type ItemResult =
    | { readonly status: 'done'; readonly index: number; readonly output: Item }
    | {
          readonly status: 'failed';
          readonly index: number;
          readonly code: ItemErrorCode;
          readonly name: ItemErrorName;
      };

export interface VerifyResultsRequest {
    readonly escrow: Address;
    readonly jobId: number;
    /** Hash of each encoded input, in order. */
    readonly inputHashes: readonly Hash[];
    /** From the chain. */
    readonly commit: Pick<JobCommit, 'root' | 'faulty'>;
    readonly results: Pick<FetchedResults, 'outcomes'>;
}

/**
 * Makes the leaves of all items from the client's own inputs and the fetched outputs, and holds
 * their root against the one on chain: every item is proved, or none.
 *
 * @returns the results in the order of the items
 * @throws ResultRefusedError `root`, `count`, `faulty`, or `malformed` for an output that is no item
 */
export function verifyResults(request: VerifyResultsRequest): ItemResult[] {
    const { inputHashes, commit, escrow, jobId } = request;
    const { outcomes } = request.results;
    if (outcomes.length !== inputHashes.length) {
        const detail = `${outcomes.length} outcomes for ${inputHashes.length} items.`;
        throw new ResultRefusedError('count', detail);
    }
    const leaves = inputHashes.map((inputHash, index): ResultLeaf => {
        const outcome = outcomes[index] as Uint8Array | ItemErrorCode;
        return typeof outcome === 'number'
            ? { index, inputHash, outcome: { kind: 'error', code: outcome } }
            : { index, inputHash, outcome: { kind: 'result', resultHash: itemHash(outcome) } };
    });
    const root = resultTree(leafContext(escrow, jobId), leaves).root;
    const committed = hashFromBigInt(commit.root);
    if (hashToHex(root) !== hashToHex(committed)) {
        throw new ResultRefusedError('root', 'their root is not the one that is on chain.');
    }
    const failed = outcomes.filter((outcome) => typeof outcome === 'number').length;
    if (failed !== commit.faulty) {
        const detail = `${failed} items failed, and the chain counts ${commit.faulty}.`;
        throw new ResultRefusedError('faulty', detail);
    }
    return outcomes.map((outcome, index): ItemResult => {
        if (typeof outcome === 'number') {
            const name = itemErrorName(outcome) ?? 'RUNTIME_ERROR';
            return { status: 'failed', index, code: outcome, name };
        }
        return { status: 'done', index, output: readOutput(outcome, index) };
    });
}

/** Which job a leaf belongs to. */
export function leafContext(escrow: Address, jobId: number): LeafContext {
    return { escrow: { workchain: escrow.workChain, hash: escrow.hash }, jobId };
}

function readOutput(bytes: Uint8Array, index: number): Item {
    try {
        return decodeOutputItem(bytes);
    } catch (cause) {
        throw new ResultRefusedError('malformed', `the output ${index} is no item.`, cause);
    }
}
