import type { Address } from '@ton/core';
import {
    asHash,
    ENVELOPE_BYTES,
    type Hash,
    HASH_BYTES,
    hashFromHex,
    type HashHex,
    hashToHex,
    merkleLeafHash,
    openKeyEnvelope,
    SealError,
    verifyInclusion,
} from '../protocol';
import { download, endpointUrl, type Fetch, KEYS_PATH, leafContext } from '../sdk';
import { LeafUnavailableError } from './errors';

export interface DrawnKeyRequest {
    readonly escrow: Address;
    readonly jobId: number;
    /** This node's own, which is drawn. */
    readonly stake: Address;
    /** As @ton/crypto holds it. */
    readonly nodeKey: Uint8Array;
    /** The item that it has to execute. */
    readonly index: number;
    /** Items of the job. */
    readonly size: number;
    /** What the spec commits to the keys of all items with. */
    readonly itemKeys: HashHex;
    readonly fetch: Fetch;
    /** Longest silence of the node, milliseconds. */
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
}

/** Sibling hashes of the deepest tree. */
const MAX_PROOF = 32;
const ANSWER_BYTES = HASH_BYTES + ENVELOPE_BYTES + MAX_PROOF * HASH_BYTES;

/**
 * Asks the node that did a sealed job for the key of one item. What it gives counts as nothing where
 * it is not a key that the spec commits to.
 *
 * @throws LeafUnavailableError, the reason of the signal
 */
export async function fetchDrawnKey(
    endpoint: string,
    request: DrawnKeyRequest,
): Promise<Uint8Array> {
    const { escrow, jobId, stake, nodeKey, index, signal } = request;
    const path = `${KEYS_PATH}/${escrow.toRawString()}/${jobId}/${stake.toRawString()}`;
    const tooLarge = () => new RangeError('it is larger than a key');
    try {
        const url = endpointUrl(endpoint, path);
        const answer = await download(url, { ...request, maxBytes: ANSWER_BYTES }, tooLarge);
        const keyHash = committedHash(answer, request);
        const envelope = answer.subarray(HASH_BYTES, HASH_BYTES + ENVELOPE_BYTES);
        return await openKeyEnvelope(envelope, hashToHex(keyHash), nodeKey, {
            kind: 'check',
            ...leafContext(escrow, jobId),
            index,
            stake: { workchain: stake.workChain, hash: stake.hash },
        });
    } catch (error) {
        signal.throwIfAborted();
        const said = error instanceof Error ? error.message : String(error);
        const detail = error instanceof SealError ? `It gives a wrong key: ${said}` : said;
        throw new LeafUnavailableError(endpoint, detail, error);
    }
}

/** The hash of the key that an answer holds. @throws SealError where the spec does not commit to it */
function committedHash(answer: Uint8Array, { index, size, itemKeys }: DrawnKeyRequest): Hash {
    const proved = answer.length - HASH_BYTES - ENVELOPE_BYTES;
    if (proved < 0 || proved % HASH_BYTES !== 0) {
        throw new SealError('ENVELOPE_MALFORMED', 'It is no key with its proof.');
    }
    const hash = asHash(answer.subarray(0, HASH_BYTES));
    const proof = Array.from({ length: proved / HASH_BYTES }, (_, at) => {
        const from = HASH_BYTES + ENVELOPE_BYTES + at * HASH_BYTES;
        return asHash(answer.subarray(from, from + HASH_BYTES));
    });
    const root = hashFromHex(itemKeys);
    const leafHash = merkleLeafHash(hash);
    if (verifyInclusion({ leafHash, index, size, proof, root })) return hash;
    throw new SealError('KEY_WRONG', 'It is not the key that the spec commits to for this item.');
}
