import {
    Address,
    type Contract,
    type ContractProvider,
    openContract,
    type OpenedContract,
    type Transaction,
} from '@ton/core';
import { TonClient } from '@ton/ton';
import type { AccountSnapshot, CallOptions, Chain, TransactionPage } from './chain';
import { endpointFailure, mayPass, shownEndpoint, surelyUnsent } from './endpoint-failure';
import { EndpointReplyError } from './errors';
import { retry, type RetryPolicy } from './retry';

export interface ConnectOptions {
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
}

const RETRY: RetryPolicy = { attempts: 5, firstDelayMs: 200, maxDelayMs: 5_000 };
const NOBODY = Address.parseRaw(`0:${'00'.repeat(32)}`);

/**
 * Access to a chain through an endpoint of toncenter v2. Nothing is asked before the first call.
 *
 * Calls throw EndpointUnreachableError, EndpointTimeoutError, EndpointBusyError,
 * EndpointReplyError, GetterFailedError and ExternalRefusedError, or the reason of their signal.
 *
 * @param endpoint - URL of its JSON-RPC, such as https://testnet.toncenter.com/api/v2/jsonRPC
 * @example
 * const chain = connect('https://testnet.toncenter.com/api/v2/jsonRPC', { apiKey });
 * const parameters = await chain.open(Market.fromAddress(market)).getMarketParameters();
 */
export function connect(endpoint: string, options: ConnectOptions = {}): Chain {
    const client = new TonClient({
        endpoint,
        timeout: options.timeoutMs ?? 15_000,
        ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
    });
    const shown = shownEndpoint(endpoint);
    const policy = { ...RETRY, ...options.retry };

    /** A call that only reads: tried again whenever that may help. */
    const read = <T>(call: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
        retry(() => typed(call, work), mayPass, policy, signal);
    /** A call that sends: tried again only where the message cannot have arrived. */
    const send = <T>(call: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
        retry(() => typed(call, work), surelyUnsent, policy, signal);
    const typed = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
        try {
            return await work();
        } catch (error) {
            throw endpointFailure(shown, call, error);
        }
    };

    const open = <T extends Contract>(contract: T, { signal }: CallOptions = {}) =>
        openContract(contract, ({ address, init }) => {
            const inner = client.provider(address, init);
            const provider: ContractProvider = {
                ...inner,
                getState: () => read('getState', () => inner.getState(), signal),
                get: (name, args) => read(String(name), () => inner.get(name, args), signal),
                external: (message) => send('external', () => inner.external(message), signal),
                // Never tried again here: the sender may have sent it.
                internal: (via, args) => typed('internal', () => inner.internal(via, args)),
                open: <C extends Contract>(other: C): OpenedContract<C> => open(other, { signal }),
            };
            return provider;
        });

    const account = (address: Address, { signal }: CallOptions = {}): Promise<AccountSnapshot> =>
        read(
            'getAddressInformation',
            async () => {
                const state = await client.getContractState(address);
                const { lastTransaction: last, timestampt: chainTime } = state;
                if (!Number.isSafeInteger(chainTime) || chainTime <= 0) {
                    throw new EndpointReplyError(shown, 'the account has no time (sync_utime)');
                }
                return {
                    balance: state.balance,
                    active: state.state === 'active',
                    last: last === null ? undefined : { lt: BigInt(last.lt), hash: last.hash },
                    chainTime,
                };
            },
            signal,
        );

    const transactions = (address: Address, page: TransactionPage): Promise<Transaction[]> =>
        read(
            'getTransactions',
            () =>
                client.getTransactions(address, {
                    limit: page.limit,
                    ...(page.from !== undefined && {
                        lt: page.from.lt.toString(),
                        hash: page.from.hash,
                        inclusive: true,
                    }),
                }),
            page.signal,
        );

    return {
        pollMs: options.pollMs ?? 1_000,
        open,
        account,
        transactions,
        now: async (call) => (await account(NOBODY, call)).chainTime,
    };
}
