import type { Address } from '@ton/core';
import * as z from 'zod';
import {
    blobUrl,
    bytesToUtf8,
    decodeOutputItem,
    equalBytes,
    type Hash,
    hashFromBigInt,
    hashFromHex,
    type HashHex,
    isHashHex,
    type Item,
    type ItemErrorCode,
    itemErrorName,
    type ItemErrorName,
    type ItemSeal,
    iterateBatch,
    leafHash,
    type ResultLeaf,
    sha256,
    verifyInclusion,
} from '../protocol';
import {
    BLOBS_PATH,
    endpointUrl,
    type Fetch,
    fetchBlobAt,
    leafContext,
    MAX_OUTPUT_BATCH_BYTES,
    resultsPath,
} from '../sdk';
import { LeafUnavailableError } from './errors';

/** What a provider has committed to for one item, proved against the root on chain. */
export type CommittedLeaf =
    | { readonly kind: 'result'; readonly output: Item }
    | { readonly kind: 'error'; readonly name: ItemErrorName }
    /** The output has the committed hash, and is no item: nothing can be its sketch. */
    | { readonly kind: 'malformed' };

export interface CommittedLeafRequest {
    readonly escrow: Address;
    readonly jobId: number;
    readonly index: number;
    /** Leaves of the job. */
    readonly size: number;
    /** From the chain. */
    readonly root: bigint;
    /** Of the input, as the verifier has it. */
    readonly inputHash: Hash;
    readonly maxOutputBytes: number;
    /** Opens the outputs of a sealed job. */
    readonly open?: ItemSeal['open'] | undefined;
    readonly fetch: Fetch;
    /** Longest silence of a source, milliseconds. */
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
}

const MAX_PROOF_BYTES = 16 * 1024;

const hash = z.custom<HashHex>((text) => typeof text === 'string' && isHashHex(text));
const proofSchema = z.object({
    format: z.literal('cocoon.proof/1'),
    outcome: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('result'), resultHash: hash, blob: hash }),
        z.object({ kind: z.literal('error'), code: z.number().int() }),
    ]),
    proof: z.array(hash).max(64),
});

type Outcome = z.output<typeof proofSchema>['outcome'];

/** A leaf that is proved, and whose output may still have to be fetched. */
export type ProvedLeaf = Outcome;

/**
 * Asks a node for the proof of one leaf and holds it against the root on chain.
 *
 * @param endpoint - URL of a node
 * @throws LeafUnavailableError, the reason of the signal
 */
export async function fetchProof(
    endpoint: string,
    request: CommittedLeafRequest,
): Promise<ProvedLeaf> {
    const { escrow, jobId, index, size, root, inputHash, signal } = request;
    const url = endpointUrl(endpoint, `${resultsPath(escrow, jobId)}/proof/${index}`);
    const { outcome, proof } = await readProof(url, request);
    const leaf: ResultLeaf = { index, inputHash, outcome: leafOutcome(outcome, endpoint) };
    signal.throwIfAborted();
    const included = verifyInclusion({
        leafHash: leafHash(leafContext(escrow, jobId), leaf),
        index,
        size,
        proof: proof.map(hashFromHex),
        root: hashFromBigInt(root),
    });
    if (included) return outcome;
    throw new LeafUnavailableError(endpoint, 'Its proof does not lead to the root on chain.');
}

/**
 * Fetches the output of a proved leaf.
 *
 * @param stores - base URLs of blob stores, in turn
 * @throws LeafUnavailableError, the reason of the signal
 */
export async function fetchOutput(
    proved: ProvedLeaf,
    stores: readonly string[],
    request: CommittedLeafRequest,
): Promise<CommittedLeaf> {
    if (proved.kind === 'error') {
        return { kind: 'error', name: itemErrorName(proved.code) ?? 'RUNTIME_ERROR' };
    }
    const { fetch, signal, timeoutMs, maxOutputBytes, index } = request;
    const { resultHash, blob } = proved;
    const own = blob === resultHash;
    // A batch and the output itself: stores of others may have either.
    const maxBytes = own ? maxOutputBytes : MAX_OUTPUT_BATCH_BYTES;
    const urls = stores.map((store) => blobUrl(store, blob));
    let bytes: Uint8Array;
    try {
        bytes = await fetchBlobAt(blob, urls, { maxBytes, fetch, signal, timeoutMs });
    } catch (error) {
        signal.throwIfAborted();
        const detail = error instanceof Error ? error.message : String(error);
        throw new LeafUnavailableError(stores[0] ?? 'nowhere', detail, error);
    }
    const output = own ? bytes : inBatch(bytes, hashFromHex(resultHash));
    if (output === undefined) {
        const detail = 'The batch that it names does not hold the committed output.';
        throw new LeafUnavailableError(stores[0] ?? 'nowhere', detail);
    }
    try {
        // What does not open under the key that the spec commits to is no item either.
        return {
            kind: 'result',
            output: decodeOutputItem(request.open?.(index, output) ?? output),
        };
    } catch {
        return { kind: 'malformed' };
    }
}

/** The blob store of a node. */
export function blobStoreOf(endpoint: string): string {
    return endpointUrl(endpoint, BLOBS_PATH);
}

async function readProof(
    url: string,
    { fetch, signal, timeoutMs }: CommittedLeafRequest,
): Promise<z.output<typeof proofSchema>> {
    const { host } = new URL(url);
    try {
        const patience = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        const response = await fetch(url, { redirect: 'error', signal: patience });
        if (!response.ok) {
            await response.body?.cancel();
            throw new LeafUnavailableError(host, `It gives no proof (HTTP ${response.status}).`);
        }
        const json = bytesToUtf8(await readSmall(response));
        return proofSchema.parse(JSON.parse(json));
    } catch (error) {
        signal.throwIfAborted();
        if (error instanceof LeafUnavailableError) throw error;
        const why = error instanceof z.ZodError ? 'its proof is malformed' : said(error);
        throw new LeafUnavailableError(host, `It gives no proof: ${why}.`, error);
    }
}

async function readSmall(response: Response): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    const body = (response.body ?? []) as AsyncIterable<Uint8Array>;
    for await (const part of body) {
        length += part.length;
        if (length > MAX_PROOF_BYTES) throw new RangeError('its proof is too large');
        parts.push(part);
    }
    return Buffer.concat(parts);
}

function leafOutcome(outcome: Outcome, source: string): ResultLeaf['outcome'] {
    if (outcome.kind === 'result') {
        return { kind: 'result', resultHash: hashFromHex(outcome.resultHash) };
    }
    if (itemErrorName(outcome.code) === undefined) {
        throw new LeafUnavailableError(source, `Its leaf has the unknown error ${outcome.code}.`);
    }
    return { kind: 'error', code: outcome.code as ItemErrorCode };
}

function inBatch(batch: Uint8Array, resultHash: Hash): Uint8Array | undefined {
    const entries = iterateBatch(batch);
    for (;;) {
        try {
            const { value, done } = entries.next();
            if (done === true) return undefined;
            if (equalBytes(sha256(value), resultHash)) return value;
        } catch {
            return undefined;
        }
    }
}

function said(error: unknown): string {
    return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
