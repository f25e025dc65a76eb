import {
    type Address,
    Cell,
    type ContractProvider,
    type StateInit,
    type Transaction,
} from '@ton/core';
import { TonClient } from '@ton/ton/dist/client/TonClient';
import type { AccountSnapshot, TransactionPage } from './chain';
import { endpointFailure, shownEndpoint } from './endpoint-failure';
import { EndpointReplyError } from './errors';

/** A JSON-RPC of toncenter v2, and what it asks of its callers. */
export interface EndpointAddress {
    /** Such as https://testnet.toncenter.com/api/v2/jsonRPC */
    readonly url: string;
    readonly apiKey?: string | undefined;
}

/** One endpoint: each call is tried once, and throws the typed errors of `connect`. */
export interface Endpoint {
    /** Its URL as errors and logs may show it. */
    readonly name: string;
    account(address: Address): Promise<AccountSnapshot>;
    transactions(address: Address, page: TransactionPage): Promise<Transaction[]>;
    provider(address: Address, init: StateInit | null | undefined): ContractProvider;
}

export function openEndpoint({ url, apiKey }: EndpointAddress, timeoutMs: number): Endpoint {
    const client = new TonClient({
        endpoint: url,
        timeout: timeoutMs,
        ...(apiKey !== undefined && { apiKey }),
    });
    const name = shownEndpoint(url);
    const typed = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
        try {
            return await work();
        } catch (error) {
            throw endpointFailure(name, call, error);
        }
    };
    return {
        name,
        account: (address) =>
            typed('getAddressInformation', async () => {
                const state = await client.getContractState(address);
                const { lastTransaction: last, timestampt: chainTime } = state;
                if (!Number.isSafeInteger(chainTime) || chainTime <= 0) {
                    throw new EndpointReplyError(name, 'the account has no time (sync_utime)');
                }
                const data = parsed(state.data);
                return {
                    balance: state.balance,
                    active: state.state === 'active',
                    get data() {
                        return data();
                    },
                    last: last === null ? undefined : { lt: BigInt(last.lt), hash: last.hash },
                    chainTime,
                };
            }),
        transactions: (address, { limit, from }) =>
            typed('getTransactions', () =>
                client.getTransactions(address, {
                    limit,
                    ...(from !== undefined && {
                        lt: from.lt.toString(),
                        hash: from.hash,
                        inclusive: true,
                    }),
                }),
            ),
        provider: (address, init) => {
            const inner = client.provider(address, init ?? null);
            return {
                ...inner,
                getState: () => typed('getState', () => inner.getState()),
                get: (getter, args) => typed(String(getter), () => inner.get(getter, args)),
                external: (message) => typed('external', () => inner.external(message)),
                internal: (via, args) => typed('internal', () => inner.internal(via, args)),
            };
        },
    };
}

/** A bag of cells that is parsed once, when somebody asks: most looks need none of it. */
function parsed(boc: Parameters<typeof Cell.fromBoc>[0] | null): () => Cell | undefined {
    let cell: Cell | undefined;
    return () => (boc === null ? undefined : (cell ??= Cell.fromBoc(boc)[0]));
}
