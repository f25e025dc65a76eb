import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Address } from '@ton/core';
import {
    bytesToUtf8,
    type Hash,
    HASH_BYTES,
    type HashHex,
    hashToHex,
    leafHasher,
    MerkleTree,
    type ResultLeaf,
} from '../protocol';
import {
    LEAF_RECORD_BYTES,
    leafContext,
    type LeafRecord,
    parseResultDocument,
    ResultLeaves,
} from '../sdk';
import type { BlobStore } from '../sdk/node';
import { jobKey, type ServedResult } from './state';

/** A leaf of a job's result tree with the proof that it is in the tree, as JSON. */
export interface LeafProof {
    readonly format: 'cocoon.proof/1';
    readonly escrow: string;
    readonly jobId: number;
    /** Root that the node committed to, and leaves of its tree. */
    readonly root: HashHex;
    readonly size: number;
    readonly index: number;
    readonly inputHash: HashHex;
    readonly outcome:
        | {
              readonly kind: 'result';
              readonly resultHash: HashHex;
              /** The blob that holds the output: itself, or the batch that it is in. */
              readonly blob: HashHex;
          }
        | { readonly kind: 'error'; readonly code: number };
    /** Sibling hashes from the leaf up; see `verifyInclusion`. */
    readonly proof: readonly HashHex[];
}

/** Proofs of the results that a node serves. */
export interface ProofShelf {
    /** @returns undefined where the job is not served, or has no such leaf */
    prove(escrow: Address, jobId: number, index: number): Promise<LeafProof | undefined>;
}

/**
 * Leaves that are hashed at a time. A power of two: the tree over the roots of such chunks is the
 * upper part of the tree over all leaves, since both pair the nodes of each level.
 */
const CHUNK = 1_024;
/** Jobs whose chunk roots are remembered: 32 kB for a million leaves each. */
const REMEMBERED = 32;

export interface ProofShelfOptions {
    readonly blobs: BlobStore;
    readonly find: (escrow: Address, jobId: number) => ServedResult | undefined;
}

/**
 * Makes proofs from the blobs of leaves and input hashes. A first one hashes all leaves of the
 * job, in steps between which the event loop turns; later ones hash a chunk.
 */
export function createProofShelf({ blobs, find }: ProofShelfOptions): ProofShelf {
    const remembered = new Map<string, Promise<MerkleTree>>();

    const upperTree = (key: string, job: ServedJob): Promise<MerkleTree> => {
        const known = remembered.get(key);
        if (known !== undefined) return known;
        const tree = buildUpperTree(job);
        remembered.set(key, tree);
        tree.catch(() => remembered.delete(key));
        for (const oldest of remembered.keys()) {
            if (remembered.size <= REMEMBERED) break;
            remembered.delete(oldest);
        }
        return tree;
    };

    return {
        async prove(escrow, jobId, index) {
            const served = find(escrow, jobId);
            if (served === undefined || index >= served.items) return undefined;
            const bytes = await blobs.read(served.document);
            if (bytes === undefined) return undefined;
            const document = parseResultDocument(JSON.parse(bytesToUtf8(bytes)));
            const job = { served, blobs, leaves: document.leaves.sha256 };
            const upper = await upperTree(jobKey(escrow, jobId), job);
            const chunk = Math.floor(index / CHUNK);
            const leaves = await readChunk(job, chunk);
            const leaf = leaves[index % CHUNK];
            if (leaf === undefined) return undefined;
            const lower = treeOf(job, leaves);
            const { record, inputHash } = leaf;
            return {
                format: 'cocoon.proof/1',
                escrow: escrow.toRawString(),
                jobId,
                root: served.root,
                size: served.items,
                index,
                inputHash: hashToHex(inputHash),
                outcome:
                    record.kind === 'error'
                        ? { kind: 'error', code: record.code }
                        : {
                              kind: 'result',
                              resultHash: hashToHex(record.hash),
                              blob:
                                  record.location.kind === 'blob'
                                      ? hashToHex(record.hash)
                                      : (document.batches[record.location.batch]
                                            ?.sha256 as HashHex),
                          },
                proof: [...lower.proof(index % CHUNK), ...upper.proof(chunk)].map(hashToHex),
            };
        },
    };
}

interface ServedJob {
    readonly served: ServedResult;
    readonly blobs: BlobStore;
    /** The blob of the leaves. */
    readonly leaves: HashHex;
}

interface ChunkLeaf {
    readonly index: number;
    readonly inputHash: Hash;
    readonly record: LeafRecord;
}

async function buildUpperTree(job: ServedJob): Promise<MerkleTree> {
    const roots: Hash[] = [];
    for (let chunk = 0; chunk * CHUNK < job.served.items; chunk++) {
        roots.push(treeOf(job, await readChunk(job, chunk)).root);
        await setImmediate();
    }
    const tree = MerkleTree.ofLeafHashes(roots);
    if (hashToHex(tree.root) === job.served.root) return tree;
    throw new RangeError('The leaves on disk are not those that were committed to.');
}

function treeOf({ served }: ServedJob, leaves: readonly ChunkLeaf[]): MerkleTree {
    const context = leafContext(served.escrow, served.jobId);
    const hashOf = leafHasher(context);
    return MerkleTree.ofLeafHashes(leaves.map((leaf) => hashOf(resultLeaf(leaf))));
}

function resultLeaf({ index, inputHash, record }: ChunkLeaf): ResultLeaf {
    if (record.kind === 'error') return { index, inputHash, outcome: record };
    return { index, inputHash, outcome: { kind: 'result', resultHash: record.hash } };
}

async function readChunk(
    { served, blobs, leaves }: ServedJob,
    chunk: number,
): Promise<ChunkLeaf[]> {
    const first = chunk * CHUNK;
    const count = Math.min(CHUNK, served.items - first);
    const [records, hashes] = await Promise.all([
        readPart(blobs.path(leaves), first * LEAF_RECORD_BYTES, count * LEAF_RECORD_BYTES),
        readPart(blobs.path(served.inputHashes), first * HASH_BYTES, count * HASH_BYTES),
    ]);
    const parsed = ResultLeaves.of(records);
    return Array.from({ length: count }, (_, at) => ({
        index: first + at,
        inputHash: hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES) as Uint8Array as Hash,
        record: parsed.at(at),
    }));
}

async function readPart(path: string, offset: number, length: number): Promise<Buffer> {
    const file = await open(path, 'r');
    try {
        const bytes = Buffer.alloc(length);
        const { bytesRead } = await file.read(bytes, 0, length, offset);
        if (bytesRead !== length) throw new RangeError(`${path} is shorter than its job.`);
        return bytes;
    } finally {
        await file.close();
    }
}
