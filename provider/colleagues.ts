import type { Address } from '@ton/core';
import { type HashHex } from '../protocol';
import {
    BLOBS_PATH,
    type Chain,
    discoverNodes,
    endpointUrl,
    type Fetch,
    fetchBlob,
    type NodeContact,
    sleep,
} from '../sdk';
import { Market } from '../wrappers';

/** The other nodes of a market, which have what clients gave to them and not to this one. */
export interface Colleagues {
    /**
     * A small blob that one of them has, checked against its hash; undefined where none gives it.
     *
     * @param rounds - how often others are asked, at most 3, which it is unless set
     * @throws the reason of the signal
     */
    fetch(
        sha256: HashHex,
        maxBytes: number,
        signal: AbortSignal,
        rounds?: number,
    ): Promise<Uint8Array | undefined>;
}

export interface ColleaguesOptions {
    readonly chain: Chain;
    readonly market: Address;
    /** The own one, which is not asked. */
    readonly stake: Address;
    readonly fetch: Fetch;
    /** UNIX time in milliseconds. */
    readonly now: () => number;
    /** 0 to 1, so that not everybody asks the same nodes. */
    readonly random: () => number;
}

/** Who is there is looked up no more often than this, milliseconds. */
const KNOWN_MS = 60_000;
/** How many are asked at a time. */
const AT_A_TIME = 4;
/** Waits before each round of asking: the others hear of a job at the same time; milliseconds. */
const ROUNDS_MS = [0, 400, 1_500];
/** How long one may take, milliseconds. */
const TIMEOUT_MS = 4_000;

/**
 * Finds other nodes by the chain, and asks some of them.
 * A client gives the spec of a job to the nodes that it knows: others, and those that were away,
 * have it from these.
 */
export function createColleagues(options: ColleaguesOptions): Colleagues {
    const { chain, market, stake, now, random } = options;
    let known: { readonly at: number; readonly contacts: Promise<NodeContact[]> } | undefined;

    const contacts = async (): Promise<NodeContact[]> => {
        if (known === undefined || now() - known.at >= KNOWN_MS) {
            const deployment = Market.fromAddress(market).deployment();
            const looking = deployment.then((one) => discoverNodes({ chain, deployment: one }));
            known = { at: now(), contacts: looking };
            looking.catch(() => (known = undefined));
        }
        return known.contacts;
    };

    const ask = async (
        { endpoint }: NodeContact,
        sha256: HashHex,
        maxBytes: number,
        signal: AbortSignal,
    ) => {
        const store = endpointUrl(endpoint, BLOBS_PATH);
        const limits = { maxBytes, timeoutMs: TIMEOUT_MS, fetch: options.fetch };
        return fetchBlob(sha256, [store], { ...limits, signal });
    };

    return {
        async fetch(sha256, maxBytes, signal, rounds = ROUNDS_MS.length) {
            const others = (await contacts()).filter((one) => !one.stake.equals(stake));
            const order = shuffled(others, random);
            for (const [round, waitMs] of ROUNDS_MS.slice(0, rounds).entries()) {
                const first = (round * AT_A_TIME) % Math.max(1, order.length);
                const asked = [...order, ...order].slice(first, first + AT_A_TIME);
                if (asked.length === 0) return undefined;
                await sleep(waitMs, signal);
                const found = new AbortController();
                const either = AbortSignal.any([signal, found.signal]);
                try {
                    return await Promise.any(
                        [...new Set(asked)].map((one) => ask(one, sha256, maxBytes, either)),
                    );
                } catch {
                    signal.throwIfAborted();
                } finally {
                    found.abort();
                }
            }
            return undefined;
        },
    };
}

/** Fisher and Yates. */
function shuffled<T>(given: readonly T[], random: () => number): T[] {
    const all = [...given];
    for (let at = all.length - 1; at > 0; at--) {
        const other = Math.floor(random() * (at + 1));
        [all[at], all[other]] = [all[other] as T, all[at] as T];
    }
    return all;
}
