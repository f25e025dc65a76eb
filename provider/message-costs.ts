import type { Address } from '@ton/core';
import type { Chain } from '../sdk';
import { Market, parametersTag } from '../wrappers';

/** What a node's actions cost its stake at most, nanoGRAM. */
export interface ActionCosts {
    readonly bid: bigint;
    readonly decline: bigint;
    /** Of a check, or a seat in a jury; its bond comes on top. */
    readonly claim: bigint;
}

/** The prices of the network change by a vote of validators, milliseconds. */
const FRESH_MS = 600_000;

/** Reads the costs from the Market, once in a while. */
export function createMessageCosts(
    chain: Chain,
    market: Address,
    now: () => number,
): (signal: AbortSignal) => Promise<ActionCosts> {
    let known: { readonly costs: ActionCosts; readonly at: number } | undefined;
    return async (signal) => {
        if (known !== undefined && now() - known.at < FRESH_MS) return known.costs;
        const costs = await chain.open(Market.fromAddress(market), { signal }).getCosts();
        known = { costs, at: now() };
        return costs;
    };
}

/** New parameters have waited for an hour and more before they come into force, milliseconds. */
const PARAMETERS_FRESH_MS = 30_000;

/** Names the parameters that the Market lists jobs under; see `parametersTag`. */
export function createParametersTag(
    chain: Chain,
    market: Address,
    now: () => number,
): (signal: AbortSignal) => Promise<bigint> {
    let known: { readonly tag: bigint; readonly at: number } | undefined;
    return async (signal) => {
        if (known !== undefined && now() - known.at < PARAMETERS_FRESH_MS) return known.tag;
        const opened = chain.open(Market.fromAddress(market), { signal });
        const tag = parametersTag(await opened.getMarketParameters());
        known = { tag, at: now() };
        return tag;
    };
}
