import type { Address } from '@ton/core';
import { ENVELOPE_BYTES, type HashHex, openKeyEnvelope, SealError } from '../protocol';
import { download, endpointUrl, type Fetch, KEYS_PATH, leafContext } from '../sdk';
import { LeafUnavailableError } from './errors';

export interface DrawnKeyRequest {
    readonly escrow: Address;
    readonly jobId: number;
    /** This node's own, which is drawn. */
    readonly stake: Address;
    /** As @ton/crypto holds it. */
    readonly nodeKey: Uint8Array;
    /** From the spec. */
    readonly keyHash: HashHex;
    readonly fetch: Fetch;
    /** Longest silence of the node, milliseconds. */
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
}

/**
 * Asks the node that did a sealed job for its key. What it gives counts as nothing where it is not
 * the key that the spec commits to.
 *
 * @throws LeafUnavailableError, the reason of the signal
 */
export async function fetchDrawnKey(
    endpoint: string,
    request: DrawnKeyRequest,
): Promise<Uint8Array> {
    const { escrow, jobId, stake, nodeKey, keyHash, signal } = request;
    const path = `${KEYS_PATH}/${escrow.toRawString()}/${jobId}/${stake.toRawString()}`;
    const tooLarge = () => new RangeError('it is larger than a key');
    try {
        const url = endpointUrl(endpoint, path);
        const envelope = await download(url, { ...request, maxBytes: ENVELOPE_BYTES }, tooLarge);
        return await openKeyEnvelope(envelope, keyHash, nodeKey, {
            kind: 'check',
            ...leafContext(escrow, jobId),
            stake: { workchain: stake.workChain, hash: stake.hash },
        });
    } catch (error) {
        signal.throwIfAborted();
        const said = error instanceof Error ? error.message : String(error);
        const detail = error instanceof SealError ? `It gives a wrong key: ${said}` : said;
        throw new LeafUnavailableError(endpoint, detail, error);
    }
}
