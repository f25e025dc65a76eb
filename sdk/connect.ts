import type { Chain } from './chain';
import { type Endpoint, type EndpointAddress, openEndpoint } from './endpoint';
import { mayPass, surelyUnsent } from './endpoint-failure';
import { EndpointPool } from './endpoint-pool';
import { retry, type RetryPolicy } from './retry';
import { chainOver, type Route } from './route';
import { shareReads } from './shared-reads';

export interface ConnectOptions {
    /** For endpoints that are given without one of their own. */
    readonly apiKey?: string;
    /** How long to wait for one answer, milliseconds; 15,000 unless set. */
    readonly timeoutMs?: number;
    /**
     * How long to wait between two looks at an account, milliseconds; 1,000 unless set. Blocks
     * come every 400 ms; public endpoints allow one request a second without a key.
     */
    readonly pollMs?: number;
    /** For what may pass: no connection, time-outs, too many requests. */
    readonly retry?: Partial<RetryPolicy>;
    /** Milliseconds of a clock that never goes back; `performance.now` unless set. */
    readonly now?: () => number;
}

const RETRY: RetryPolicy = { attempts: 5, firstDelayMs: 200, maxDelayMs: 5_000 };
const TIMEOUT_MS = 15_000;

/**
 * Access to a chain through one endpoint of toncenter v2, or through several. Nothing is asked
 * before the first call.
 *
 * Of several, reads go to the healthiest, and to the next one where that fails, lags behind what
 * was seen, or lets them wait; external messages go to all of them, so that none can hold one back.
 * `chain.endpoints` tells how they are, and `confirm` compares what they say.
 *
 * Calls throw EndpointUnreachableError, EndpointTimeoutError, EndpointBusyError,
 * EndpointReplyError, EndpointBehindError, GetterFailedError and ExternalRefusedError, or the
 * reason of their signal.
 *
 * @param endpoint - URL of its JSON-RPC, such as https://testnet.toncenter.com/api/v2/jsonRPC; or
 * a list, the preferred one first
 * @throws RangeError for an empty list
 * @example
 * const chain = connect('https://testnet.toncenter.com/api/v2/jsonRPC', { apiKey });
 * const parameters = await chain.open(Market.fromAddress(market)).getMarketParameters();
 * @example
 * const chain = connect([{ url: 'https://a.example/jsonRPC', apiKey }, 'https://b.example/jsonRPC']);
 */
export function connect(
    endpoint: string | readonly (string | EndpointAddress)[],
    options: ConnectOptions = {},
): Chain {
    const { timeoutMs = TIMEOUT_MS, pollMs = 1_000 } = options;
    const policy = { ...RETRY, ...options.retry };
    const given = typeof endpoint === 'string' ? [endpoint] : endpoint;
    const addresses = given.map((one) => (typeof one === 'string' ? { url: one } : one));
    const endpoints = addresses.map(({ url, apiKey = options.apiKey }) =>
        shareReads(openEndpoint({ url, apiKey }, timeoutMs)),
    );
    const [only] = endpoints;
    if (only === undefined) throw new RangeError('A chain needs at least one endpoint.');
    if (endpoints.length === 1) return chainOver(routeTo(only, policy), pollMs);
    const pool = new EndpointPool(endpoints, {
        policy,
        pollMs,
        now: options.now ?? (() => performance.now()),
        alone: (one) => chainOver(routeTo(one, { ...policy, attempts: 1 }), pollMs),
    });
    return { ...chainOver(pool, pollMs), endpoints: pool.endpoints };
}

/** The route to the only endpoint. */
function routeTo(endpoint: Endpoint, policy: RetryPolicy): Route {
    const read: Route['read'] = (_, work, signal) =>
        retry(() => work(endpoint), mayPass, policy, signal);
    return {
        account: (address, signal) => read(address, (one) => one.account(address), signal),
        read,
        // Tried again only where the message cannot have arrived.
        send: (work, signal) => retry(() => work(endpoint), surelyUnsent, policy, signal),
        one: () => Promise.resolve(endpoint),
    };
}
