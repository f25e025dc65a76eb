import {
    type Address,
    beginCell,
    Cell,
    external,
    loadTransaction,
    storeMessage,
    toNano,
} from '@ton/core';
import { z } from 'zod';
import { AccountState } from '../account';
import type { Chain } from '../chain';
import { ExternalRefusedError } from '../errors';
import { method } from './method';
import { address, boc, boolean, optionalBoc } from './params';

const withBoc = z.object({ boc });

/** Balance that an estimate assumes at least, so that it also answers for an unpaid wallet. */
const ESTIMATE_BALANCE = toNano(1_000);

export const messageMethods = {
    sendBoc: method(
        withBoc,
        async ({ send }, params) => {
            await send(params.boc);
            return { '@type': 'ok' };
        },
        { changes: true },
    ),

    sendBocReturnHash: method(
        withBoc,
        async ({ send }, params) => {
            await send(params.boc);
            const hash = params.boc.hash().toString('base64');
            return { '@type': 'raw.extMessageInfo', hash };
        },
        { changes: true },
    ),

    estimateFee: method(
        z.object({
            address,
            body: boc,
            init_code: optionalBoc,
            init_data: optionalBoc,
            ignore_chksig: boolean.default(true),
        }),
        async ({ chain }, params) => {
            const { init_code: code, init_data: data } = params;
            const init = code === undefined && data === undefined ? undefined : { code, data };
            const message = external({
                to: params.address,
                body: params.body,
                ...(init && { init: { code: code ?? null, data: data ?? null } }),
            });
            const cell = beginCell().store(storeMessage(message)).endCell();
            return {
                '@type': 'query.fees',
                source_fees: await estimate(chain, params.address, cell, params.ignore_chksig),
                destination_fees: [],
            };
        },
        { get: false },
    ),
};

async function estimate(
    chain: Chain,
    destination: Address,
    message: Cell,
    ignoreSignature: boolean,
): Promise<Record<string, unknown>> {
    const account = withBalance(chain.account(destination));
    const result = await chain.simulate(account, message, ignoreSignature);
    if (!result.accepted) {
        throw new ExternalRefusedError(
            destination.toRawString(),
            result.exitCode,
            result.reason,
            'Estimate with the body that would be sent, and with the StateInit if there is no code yet.',
        );
    }
    const cell = Cell.fromBase64(result.transaction.boc);
    const transaction = loadTransaction(cell.beginParse());
    const { description } = transaction;
    if (description.type !== 'generic') {
        throw new TypeError(`An external message made a transaction of type ${description.type}.`);
    }
    const { storagePhase, computePhase, actionPhase } = description;
    const storage = storagePhase?.storageFeesCollected ?? 0n;
    const gas = computePhase.type === 'vm' ? computePhase.gasFees : 0n;
    // What the validators keep of the outgoing messages is part of the total; the rest is sent
    // along with the messages.
    const kept = actionPhase?.totalActionFees ?? 0n;
    return {
        '@type': 'fees',
        in_fwd_fee: Number(transaction.totalFees.coins - storage - gas - kept),
        storage_fee: Number(storage),
        gas_fee: Number(gas),
        fwd_fee: Number(actionPhase?.totalFwdFees ?? 0n),
    };
}

function withBalance(state: AccountState): AccountState {
    const { account } = state;
    if (account === undefined || state.balance >= ESTIMATE_BALANCE) return state;
    const { storage } = account;
    const balance = { ...storage.balance, coins: ESTIMATE_BALANCE };
    return AccountState.of(state.address, {
        ...state.shard,
        account: { ...account, storage: { ...storage, balance } },
    });
}
