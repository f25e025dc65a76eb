import type { Address, Sender, SenderArguments } from '@ton/core';
import { internal, SendMode } from '@ton/core';
import type { KeyPair } from '@ton/crypto';
import { WalletContractV5R1 } from '@ton/ton';
import type { CallOptions, Chain } from '../chain';
import { InsufficientFundsError, WalletMessageLostError } from '../errors';
import { sleep } from '../retry';
import { WALLET_FEES } from '../wallet-fees';

export interface WalletOptions {
    readonly chain: Chain;
    readonly keys: KeyPair;
    /** Global id of the network: -239 main, -3 test and embedded chains. */
    readonly network: number;
    /** Seconds for which a message stays valid; 60 unless set. */
    readonly validForSeconds?: number;
}

/** A wallet whose keys are in this process. */
export interface Wallet extends Sender {
    readonly address: Address;
    /** Sends one message at a time and resolves when a block has taken it. */
    send(args: SenderArguments, options?: CallOptions): Promise<void>;
}

/**
 * A V5R1 wallet from its keys, for scripts and servers; browsers use TON Connect instead. It
 * deploys itself with its first message.
 *
 * `send` throws InsufficientFundsError, WalletMessageLostError, and what `connect` throws.
 */
export function createWallet(options: WalletOptions): Wallet {
    const { chain, keys, network, validForSeconds = 60 } = options;
    const contract = WalletContractV5R1.create({
        workchain: 0,
        publicKey: keys.publicKey,
        walletId: { networkGlobalId: network },
    });
    const { address } = contract;

    const transfer = async (args: SenderArguments, signal?: AbortSignal): Promise<void> => {
        const opened = chain.open(contract, { signal });
        const account = await chain.account(address, { signal });
        // The wallet takes the message and drops the payment when it has too little.
        if (account.balance < args.value + WALLET_FEES) {
            throw new InsufficientFundsError(args.value + WALLET_FEES, account.balance);
        }
        const seqno = account.active ? await opened.getSeqno() : 0;
        const validUntil = account.chainTime + validForSeconds;
        const message = opened.createTransfer({
            seqno,
            secretKey: keys.secretKey,
            timeout: validUntil,
            sendMode: args.sendMode ?? SendMode.PAY_GAS_SEPARATELY + SendMode.IGNORE_ERRORS,
            messages: [
                internal({
                    to: args.to,
                    value: args.value,
                    bounce: args.bounce ?? true,
                    ...(args.init && { init: args.init }),
                    ...(args.body && { body: args.body }),
                }),
            ],
        });
        await opened.send(message);
        for (let seen = account.last?.lt; ;) {
            await sleep(chain.pollMs, signal);
            const now = await chain.account(address, { signal });
            const expired = now.chainTime > validUntil;
            if (now.last?.lt === seen && !expired) continue;
            seen = now.last?.lt;
            if (now.active && (await opened.getSeqno()) > seqno) return;
            if (expired) throw new WalletMessageLostError(seqno);
        }
    };

    let queue: Promise<unknown> = Promise.resolve();
    return {
        address,
        send: (args, call) => {
            const sent = queue.then(() => transfer(args, call?.signal));
            queue = sent.catch(() => undefined);
            return sent;
        },
    };
}
