import type { Address } from '@ton/core';
import { hashFromBigInt, type HashHex, sealKeyEnvelope } from '../protocol';
import { Stake } from '../wrappers';
import type { Fetch } from './blobs';
import { reasonOf } from './blobs';
import type { CallOptions, Chain } from './chain';
import { endpointUrl } from './result-document';
import { KeyHandoverError } from './sealing-errors';
import { Line } from './transfer';

/** Path of the keys of sealed jobs below the endpoint of a node. */
export const KEYS_PATH = '/keys';

export interface HandOverKeyRequest extends CallOptions {
    readonly chain: Chain;
    /** Whose node is given the key. */
    readonly stake: Address;
    readonly keyHash: HashHex;
    readonly contentKey: Uint8Array;
    readonly fetch?: Fetch | undefined;
}

const TIMEOUT_MS = 10_000;

/**
 * Gives the content key of a job to one node: sealed for the node key that its Stake names on
 * chain, at the endpoint that it names.
 *
 * @returns the endpoint
 * @throws KeyHandoverError, what the chain throws, the reason of the signal
 */
export async function handOverKey(request: HandOverKeyRequest): Promise<string> {
    const { chain, stake, keyHash, contentKey, signal } = request;
    const contract = chain.open(Stake.fromAddress(stake), { signal });
    const endpoint = await contract.getEndpointUrl();
    if (endpoint === undefined) throw new KeyHandoverError(stake, 'it names no endpoint.');
    const { nodeKey } = await contract.getStake();
    const envelope = await sealKeyEnvelope(contentKey, keyHash, hashFromBigInt(nodeKey), {
        kind: 'work',
    });
    const send = request.fetch ?? fetch;
    const url = endpointUrl(endpoint, `${KEYS_PATH}/${keyHash}`);
    const line = new Line(signal, TIMEOUT_MS, new URL(url).host);
    try {
        const sending = send(url, {
            method: 'PUT',
            headers: { 'Content-Type': 'application/octet-stream' },
            body: new Blob([Uint8Array.from(envelope)]),
            redirect: 'error',
            signal: line.signal,
        });
        const { ok, status } = await line.wait(sending);
        if (ok) return endpoint;
        throw new KeyHandoverError(stake, `HTTP ${status}.`);
    } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof KeyHandoverError) throw error;
        throw new KeyHandoverError(stake, reasonOf(error), error);
    } finally {
        line.close();
    }
}
