import { Address } from '@ton/core';
import { type HashHex, isCocoonError } from '../protocol';
import { Stake } from '../wrappers';
import type { Fetch } from './blobs';
import { reasonOf } from './blobs';
import type { CallOptions, Chain } from './chain';
import { handOverKey } from './hand-over-key';
import { endpointUrl } from './result-document';
import { download } from './transfer';

export interface LeaveKeysRequest extends CallOptions {
    readonly chain: Chain;
    /** URLs of the nodes that are trusted with the inputs, whether they win the job or not. */
    readonly endpoints: readonly string[];
    readonly keyHash: HashHex;
    readonly contentKey: Uint8Array;
    readonly fetch?: Fetch | undefined;
}

/** Which nodes have the key now. */
export interface LeftKeys {
    readonly taken: readonly string[];
    readonly refused: readonly { readonly endpoint: string; readonly reason: string }[];
}

const MAX_HEALTH_BYTES = 64 * 1024;

/**
 * Gives the content key of a job that is still to be posted to nodes, so that whichever of them
 * wins it can begin while its client is away. Each of them can read the inputs from then on.
 *
 * @throws what the chain throws, the reason of the signal
 */
export async function leaveKeys(request: LeaveKeysRequest): Promise<LeftKeys> {
    const { endpoints, signal } = request;
    const reasons = await Promise.all(
        endpoints.map(async (endpoint) => {
            try {
                const stake = await stakeAt(endpoint, request);
                if (stake === undefined) return 'its stake names another endpoint';
                await handOverKey({ ...request, stake });
                return undefined;
            } catch (error) {
                signal?.throwIfAborted();
                return isCocoonError(error) ? error.message : reasonOf(error);
            }
        }),
    );
    return {
        taken: endpoints.filter((_, at) => reasons[at] === undefined),
        refused: endpoints.flatMap((endpoint, at) => {
            const reason = reasons[at];
            return reason === undefined ? [] : [{ endpoint, reason }];
        }),
    };
}

/** The Stake of the node at a URL: what the node says, held against the chain. */
async function stakeAt(
    endpoint: string,
    { chain, fetch, signal }: LeaveKeysRequest,
): Promise<Address | undefined> {
    const options = { maxBytes: MAX_HEALTH_BYTES, fetch, signal, timeoutMs: 10_000 };
    const tooLarge = () => new RangeError('its answer is too large');
    const bytes = await download(endpointUrl(endpoint, '/health'), options, tooLarge);
    const health: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const named =
        typeof health === 'object' && health !== null && 'stake' in health && health.stake;
    if (typeof named !== 'string') return undefined;
    const stake = Address.parse(named);
    const url = await chain.open(Stake.fromAddress(stake), { signal }).getEndpointUrl();
    const same = url !== undefined && endpointUrl(url, '') === endpointUrl(endpoint, '');
    return same ? stake : undefined;
}
