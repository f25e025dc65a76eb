import { getMethodId, type TupleItem } from '@ton/core';
import { z } from 'zod';
import type { AccountState } from '../account';
import type { Chain } from '../chain';
import { method } from './method';
import { address, integer } from './params';
import { blockId, extraCurrencies, friendly, transactionId } from './render';
import { stackParameter, stackToJson } from './stack';

const ofAddress = z.object({ address });

/** Hashes of the code of well-known wallets, base64, with toncenter's names of them. */
const WALLETS: Readonly<Record<string, string>> = {
    'oM/CxIruFqJx8s/AtzgtgXVs7LEBfQd/qqs7tgL2how=': 'wallet v1 r1',
    '1JAvzJ+tdGmPqONTIgpo2g3PcuMryy657gQhfBfTBiw=': 'wallet v1 r2',
    'WHzHie/xyE9G7DeX5F/ICaFP9a4k8eDHpqmcydyQYf8=': 'wallet v1 r3',
    'XJpeaMEI4YchoHxC+ZVr+zmtd+xtYktgxXbsiO7mUyk=': 'wallet v2 r1',
    '/pUw0yQ4Uwg+8u8LTCkIwKv2+hwx6iQ6rKpb+MfXU/E=': 'wallet v2 r2',
    'thBBpYp5gLlG6PueGY48kE0keZ/6NldOpCUcQaVm9YE=': 'wallet v3 r1',
    'hNr6RJ+Ypph3ibojI1gHK8D3bcRSQAKl0JGLmnXS1Zk=': 'wallet v3 r2',
    '/rX/aCDi/w2Ug+fg1iyBfYRniftK5YDIeIZtlZ2r1cA=': 'wallet v4 r2',
    'IINLe3KxEhR+Gy+0V7hOdNGjDwT3N9T2KmaOlVLSty8=': 'wallet v5 r1',
};

export const accountMethods = {
    getAddressInformation: method(ofAddress, ({ chain }, params) => {
        const account = chain.account(params.address);
        return {
            '@type': 'raw.fullAccountState',
            balance: account.balance.toString(),
            extra_currencies: extraCurrencies(account),
            ...account.bocs,
            ...lastTransaction(account),
            block_id: blockId(chain, -1, chain.blocks.last),
            frozen_hash: account.frozenHash,
            sync_utime: chain.now(),
            state: account.status,
        };
    }),

    getExtendedAddressInformation: method(ofAddress, ({ chain }, params) => {
        const account = chain.account(params.address);
        return {
            '@type': 'fullAccountState',
            address: {
                '@type': 'accountAddress',
                account_address: friendly(params.address),
            },
            balance: account.balance.toString(),
            extra_currencies: extraCurrencies(account),
            ...lastTransaction(account),
            block_id: blockId(chain, -1, chain.blocks.last),
            sync_utime: chain.now(),
            account_state:
                account.status === 'uninitialized'
                    ? { '@type': 'uninited.accountState', frozen_hash: '' }
                    : {
                          '@type': 'raw.accountState',
                          ...account.bocs,
                          frozen_hash: account.frozenHash,
                      },
            revision: 0,
        };
    }),

    getWalletInformation: method(ofAddress, async ({ chain }, params) => {
        const account = chain.account(params.address);
        const walletType = WALLETS[account.code?.hash().toString('base64') ?? ''];
        const wallet = walletType !== undefined;
        return {
            wallet,
            balance: account.balance.toString(),
            extra_currencies: extraCurrencies(account),
            account_state: account.status,
            ...(wallet && { wallet_type: walletType, ...(await walletState(chain, account)) }),
            ...lastTransaction(account),
        };
    }),

    getAddressBalance: method(ofAddress, ({ chain }, params) =>
        chain.account(params.address).balance.toString(),
    ),

    getAddressState: method(ofAddress, ({ chain }, params) => chain.account(params.address).status),

    runGetMethod: method(
        z.object({
            address,
            method: z.union([z.string().min(1), z.number().int()]),
            stack: stackParameter.default([]),
            seqno: integer.optional(),
        }),
        async ({ chain }, params) => {
            const account = chain.account(params.address);
            const id = methodId(params.method);
            const context = chain.context();
            const result = await chain.runGetMethod(account, id, params.stack, context);
            return {
                '@type': 'smc.runResult',
                gas_used: result.gasUsed,
                stack: stackToJson(result.stack),
                exit_code: result.exitCode,
                block_id: blockId(chain, -1, chain.blocks.last),
                ...lastTransaction(account),
            };
        },
        // A stack does not fit a query string.
        { get: false },
    ),
};

function lastTransaction(account: AccountState): Record<string, unknown> {
    return { last_transaction_id: transactionId(account.lastLt, account.lastHash) };
}

/** A method by name, or by number in either form. */
function methodId(name: string | number): number {
    if (typeof name === 'number') return name;
    return /^-?\d+$/.test(name) ? Number(name) : getMethodId(name);
}

async function walletState(chain: Chain, account: AccountState): Promise<Record<string, number>> {
    const read = async (name: string): Promise<TupleItem | undefined> => {
        const id = getMethodId(name);
        const { exitCode, stack } = await chain.runGetMethod(account, id, [], chain.context());
        return exitCode === 0 ? stack[0] : undefined;
    };
    const seqno = await read('seqno');
    const walletId = await read('get_subwallet_id');
    return {
        ...(seqno?.type === 'int' && { seqno: Number(seqno.value) }),
        ...(walletId?.type === 'int' && { wallet_id: Number(walletId.value) }),
    };
}
