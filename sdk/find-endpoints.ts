import type { Address } from '@ton/core';
import { Stake } from '../wrappers';
import type { CallOptions, Chain } from './chain';
import { EndpointMissingError } from './errors';

export interface FindEndpointsRequest extends CallOptions {
    readonly chain: Chain;
    readonly stakes: readonly Address[];
}

/** URLs of the nodes of these stakes, without those that name none. */
export async function findEndpoints(request: FindEndpointsRequest): Promise<string[]> {
    const { chain, stakes, signal } = request;
    const urls = await Promise.all(
        stakes.map((stake) => chain.open(Stake.fromAddress(stake), { signal }).getEndpointUrl()),
    );
    return urls.filter((url) => url !== undefined);
}

/**
 * URL of one stake's node.
 *
 * @throws EndpointMissingError
 */
export async function endpointOf(
    chain: Chain,
    stake: Address,
    { signal }: CallOptions = {},
): Promise<string> {
    const [url] = await findEndpoints({ chain, stakes: [stake], signal });
    if (url === undefined) throw new EndpointMissingError(stake.toString());
    return url;
}
