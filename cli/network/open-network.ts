import {
    type Address,
    Cell,
    type Contract,
    type ContractProvider,
    type OpenedContract,
} from '@ton/core';
import { z } from 'zod';
import { publicFetch } from '../../provider';
import {
    type Chain,
    connect,
    type EndpointAddress,
    EndpointBusyError,
    EndpointReplyError,
    EndpointUnreachableError,
    type Fetch,
    retry,
} from '../../sdk';
import { accountAddress, type Deployment, Market, stakeInit } from '../../wrappers';
import { type Config, MarketUnknownError, type NetworkConfig } from '../config';
import { WrongMarketError, WrongNetworkError } from './errors';

/** A network whose endpoint and Market were checked. */
export interface Network {
    readonly name: string;
    readonly config: NetworkConfig;
    /** Global id: -239 main, -3 test and embedded chains. */
    readonly id: number;
    readonly chain: Chain;
    readonly market: OpenedContract<Market>;
    readonly deployment: Deployment;
    /** For what strangers name: keeps out of the own network unless the configuration allows it. */
    readonly fetch: Fetch;
}

/**
 * First blocks of the public networks, base64: `validator.zero_state.root_hash` of
 * https://ton.org/global.config.json and https://ton.org/testnet-global.config.json.
 */
const ZERO_STATES: Readonly<Record<string, string>> = {
    mainnet: 'F6OpKZKqvqeFp6CQmFomXNMfMj2EnaUSOXN+Mh+wVWk=',
    testnet: 'gj+B8wb/AmlPk1z1AhVI484rhrUpgSr2oSFIh56VoSg=',
};
const TIMEOUT_MS = 15_000;

/** The chain behind the endpoints of a network; nothing is asked yet. */
export function openChain(network: NetworkConfig): Chain {
    const { endpoints, pollMs } = network;
    const addresses = endpoints.map((url) => ({ url, apiKey: keyFor(network, url) }));
    return connect(addresses, { pollMs });
}

/** The key of the first endpoint; no other host gets it. */
function keyFor({ endpoint, apiKey }: NetworkConfig, url: string): string | undefined {
    return new URL(url).host === new URL(endpoint).host ? apiKey?.reveal() : undefined;
}

/**
 * Opens the network of a configuration: its endpoint answers, serves the network that is meant, and
 * holds the Market with the contracts of this version.
 *
 * @throws MarketUnknownError, WrongNetworkError, WrongMarketError, and what `connect` throws
 */
export async function openNetwork(
    config: Pick<Config, 'network' | 'home'>,
    signal?: AbortSignal,
): Promise<Network> {
    const { network } = config;
    const chain = openChain(network);
    await chain.now({ signal });
    for (const url of network.endpoints) await checkZeroState(network, url, signal);
    if (network.market === undefined) {
        throw new MarketUnknownError(network.name, config.home.config);
    }
    const contract = Market.fromAddress(network.market);
    const deployment = await contract.deployment();
    const market = chain.open(contract, { signal });
    await checkMarket(chain, market, deployment, network, signal);
    return {
        name: network.name,
        config: network,
        id: network.networkId,
        chain,
        market: chain.open(contract),
        deployment,
        fetch: network.allowPrivateAddresses ? fetch : publicFetch,
    };
}

/** Public networks are known by their first block, whatever their endpoint calls itself. */
async function checkZeroState(
    network: NetworkConfig,
    url: string,
    signal?: AbortSignal,
): Promise<void> {
    const expected = ZERO_STATES[network.name];
    if (expected === undefined) return;
    const policy = { attempts: 4, firstDelayMs: 1_100, maxDelayMs: 4_000 };
    const busy = (error: unknown) => error instanceof EndpointBusyError;
    const first = await retry(() => firstBlock(network, url, signal), busy, policy, signal);
    // One of several that is down now is compared later, whenever something rests on it.
    if (first === expected || first === undefined) return;
    throw new WrongNetworkError(
        network.name,
        `the chain of ${new URL(url).host} began with another block.`,
    );
}

/** Undefined where one of several endpoints does not answer. */
async function firstBlock(
    network: NetworkConfig,
    url: string,
    signal?: AbortSignal,
): Promise<string | undefined> {
    try {
        return await masterchain({ url, apiKey: keyFor(network, url) }, signal);
    } catch (error) {
        if (network.endpoints.length > 1 && error instanceof EndpointUnreachableError) return;
        throw error;
    }
}

const masterchainReply = z.object({
    result: z.object({ init: z.object({ root_hash: z.string() }) }),
});

/** Hash of the first block, which the SDK has no need of. */
async function masterchain(
    { url, apiKey }: EndpointAddress,
    signal: AbortSignal | undefined,
): Promise<string> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const { host } = new URL(url);
    let answer: unknown;
    try {
        const response = await fetch(url, {
            method: 'POST',
            headers: {
                'Content-Type': 'application/json',
                ...(apiKey !== undefined && { 'X-API-Key': apiKey }),
            },
            body: JSON.stringify({
                id: '1',
                jsonrpc: '2.0',
                method: 'getMasterchainInfo',
                params: {},
            }),
            signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        });
        if (response.status === 429) throw new EndpointBusyError(host, response.status);
        answer = await response.json();
    } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof EndpointBusyError) throw error;
        throw new EndpointUnreachableError(host, error);
    }
    const reply = masterchainReply.safeParse(answer);
    if (reply.success) return reply.data.result.init.root_hash;
    throw new EndpointReplyError(host, 'getMasterchainInfo names no first block');
}

async function checkMarket(
    chain: Chain,
    market: OpenedContract<Market>,
    deployment: Deployment,
    network: NetworkConfig,
    signal: AbortSignal | undefined,
): Promise<void> {
    const { address } = market;
    const hash = await chain.open(new CodeReader(address), { signal }).getCodeHash();
    if (hash === undefined) {
        throw new WrongMarketError(
            'MARKET_NOT_THERE',
            address,
            `is no contract on ${network.name}.`,
            'Check the address of the Market, and the network.',
        );
    }
    const known = hash.equals(deployment.code.market.hash());
    // The Market computes the addresses of its children from their code: equal addresses, equal code.
    if (!known || !(await hasOurChildren(market, deployment))) {
        throw new WrongMarketError(
            'MARKET_CODE_UNKNOWN',
            address,
            'is no Market of this version.',
            'Check the address, or install the version of the program that its market asks for.',
        );
    }
    const id = Number(await market.getNetwork());
    if (id === network.networkId) return;
    throw new WrongNetworkError(
        network.name,
        `its Market belongs to the network ${id}, not ${network.networkId}.`,
    );
}

async function hasOurChildren(
    market: OpenedContract<Market>,
    deployment: Deployment,
): Promise<boolean> {
    const operator = accountAddress(1n);
    const theirs = await market.getStakeAddress(operator);
    return theirs.equals(stakeInit(deployment, operator).address);
}

/** Any contract, for its code. */
class CodeReader implements Contract {
    constructor(readonly address: Address) {}

    /** Hash of the code; undefined where there is none. */
    async getCodeHash(provider: ContractProvider): Promise<Buffer | undefined> {
        const { state } = await provider.getState();
        if (state.type !== 'active' || !state.code) return undefined;
        return Cell.fromBoc(state.code)[0]?.hash();
    }
}
