import type { Address, Cell } from '@ton/core';
import { mnemonicToPrivateKey } from '@ton/crypto';
import { WalletContractV5R1 } from '@ton/ton';
import { type Chain, sleep } from '../../sdk';
import { createWallet, type Wallet } from '../../sdk/node';
import type { Mnemonic } from '../keystore';
import { BalanceTooLowError, NotSeenError } from './errors';

/** Opens the wallet (V5R1) of the words on a network. */
export async function openWallet(
    chain: Chain,
    networkId: number,
    mnemonic: Mnemonic,
): Promise<Wallet> {
    const keys = await mnemonicToPrivateKey([...mnemonic.reveal()]);
    return createWallet({ chain, keys, network: networkId });
}

/** The address of the wallet of the words, without a chain. */
export async function walletAddress(networkId: number, mnemonic: Mnemonic): Promise<Address> {
    const { publicKey } = await mnemonicToPrivateKey([...mnemonic.reveal()]);
    const walletId = { networkGlobalId: networkId };
    return WalletContractV5R1.create({ workchain: 0, publicKey, walletId }).address;
}

/** @throws BalanceTooLowError where an account has less than `needed` nanoGRAM */
export async function requireBalance(
    chain: Chain,
    address: Address,
    needed: bigint,
    purpose: string,
    signal?: AbortSignal,
): Promise<bigint> {
    const { balance } = await chain.account(address, { signal });
    if (balance >= needed) return balance;
    throw new BalanceTooLowError(address, balance, needed, purpose);
}

/** A message that the owner of a wallet elsewhere shall send. */
export interface Transfer {
    readonly to: Address;
    /** nanoGRAM */
    readonly value: bigint;
    readonly body: Cell;
}

/** A transfer as wallets open it: a link, and its parts to be typed in. */
export interface TransferLink {
    readonly link: string;
    readonly to: string;
    /** nanoGRAM */
    readonly amount: bigint;
    /** Bag of cells, base64. */
    readonly payload: string;
}

/**
 * The link with which a wallet elsewhere sends a message, in the form that wallets share:
 * https://docs.ton.org/ecosystem/wallet-apps/deep-links
 *
 * @param networkId - addresses outside of mainnet are marked, so that wallets refuse a mix-up
 */
export function transferLink({ to, value, body }: Transfer, networkId: number): TransferLink {
    const address = to.toString({ testOnly: networkId !== -239, bounceable: true });
    const boc = body.toBoc();
    return {
        link: `ton://transfer/${address}?amount=${value}&bin=${boc.toString('base64url')}`,
        to: address,
        amount: value,
        payload: boc.toString('base64'),
    };
}

export interface WaitOptions {
    /** What is waited for, for the error. */
    readonly what: string;
    /** 120,000 unless set; Infinity waits for good. */
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
}

/**
 * Looks at the chain until it shows what is looked for.
 *
 * @throws NotSeenError, or the reason of the signal
 */
export async function untilSeen<T>(
    chain: Chain,
    look: () => Promise<T | undefined>,
    { what, timeoutMs = 120_000, signal }: WaitOptions,
): Promise<T> {
    const end = performance.now() + timeoutMs;
    for (;;) {
        const found = await look();
        if (found !== undefined) return found;
        if (performance.now() > end) throw new NotSeenError(what);
        await sleep(chain.pollMs, signal);
    }
}
