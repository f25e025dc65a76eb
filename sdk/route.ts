import {
    Address,
    type Contract,
    type ContractProvider,
    openContract,
    type OpenedContract,
} from '@ton/core';
import type { AccountSnapshot, CallOptions, Chain } from './chain';
import type { Endpoint } from './endpoint';

/** How calls find an endpoint: the only one, or one of several. */
export interface Route {
    account(address: Address, signal?: AbortSignal): Promise<AccountSnapshot>;
    /** A call that only reads what is known of an account: tried again whenever that may help. */
    read<T>(
        address: Address,
        work: (endpoint: Endpoint) => Promise<T>,
        signal?: AbortSignal,
    ): Promise<T>;
    /** A call that sends an external message: the same bytes, however often it is tried. */
    send(work: (endpoint: Endpoint) => Promise<void>, signal?: AbortSignal): Promise<void>;
    /** The endpoint for a call that must not be tried twice. */
    one(address: Address): Promise<Endpoint>;
}

const NOBODY = Address.parseRaw(`0:${'00'.repeat(32)}`);

/** A chain whose calls take a route. */
export function chainOver(route: Route, pollMs: number): Chain {
    const open = <T extends Contract>(contract: T, { signal }: CallOptions = {}) =>
        openContract(contract, ({ address, init }) => {
            const at = (endpoint: Endpoint) => endpoint.provider(address, init);
            const provider: ContractProvider = {
                getState: () => route.read(address, (one) => at(one).getState(), signal),
                get: (name, args) => route.read(address, (one) => at(one).get(name, args), signal),
                external: (message) => route.send((one) => at(one).external(message), signal),
                // Never tried again here: the sender may have sent it.
                internal: async (via, args) => at(await route.one(address)).internal(via, args),
                getTransactions: (of, lt, hash, limit) =>
                    route.read(of, (one) => at(one).getTransactions(of, lt, hash, limit), signal),
                open: <C extends Contract>(other: C): OpenedContract<C> => open(other, { signal }),
            };
            return provider;
        });
    const account: Chain['account'] = (address, { signal } = {}) => route.account(address, signal);
    return {
        pollMs,
        open,
        account,
        transactions: (address, page) =>
            route.read(address, (one) => one.transactions(address, page), page.signal),
        now: async (call) => (await account(NOBODY, call)).chainTime,
    };
}
