import {
    type Address,
    beginCell,
    external,
    type MessageRelaxed,
    SendMode,
    storeMessage,
    storeStateInit,
} from '@ton/core';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import { WalletContractV5R1 } from '@ton/ton';
import type { Chain } from '../../sdk';

/** A V5R1 wallet of the embedded chain, whose key is in this browser. Play money only. */
export interface DevelopmentAccount {
    readonly address: Address;
    /** Hexadecimal. */
    readonly publicKey: string;
    /** Base64 of a BoC. */
    readonly stateInit: string;
    /** nanoGRAM */
    balance(): Promise<bigint>;
    /**
     * Signs a transfer and sends it.
     *
     * @returns the external message, base64 of a BoC
     * @throws what `connect` throws
     */
    transfer(messages: readonly MessageRelaxed[], validUntil: number | undefined): Promise<string>;
}

const KEY = 'cocoon-development-wallet/seed';
const SEED_BYTES = 32;
/** Seconds from the chain's time for which a message stays valid at most. */
const VALID_SECONDS = 300;

/**
 * @param index - each index is an account of its own
 * @param network - global id
 */
export function openAccount(chain: Chain, index: number, network: number): DevelopmentAccount {
    const { publicKey, secretKey } = keysOf(index);
    const contract = WalletContractV5R1.create({
        workchain: 0,
        publicKey,
        walletId: { networkGlobalId: network },
    });
    const { address, init } = contract;
    return {
        address,
        publicKey: publicKey.toString('hex'),
        stateInit: beginCell().store(storeStateInit(init)).endCell().toBoc().toString('base64'),
        balance: async () => (await chain.account(address)).balance,
        async transfer(messages, validUntil) {
            const opened = chain.open(contract);
            const account = await chain.account(address);
            const seqno = account.active ? await opened.getSeqno() : 0;
            // The clock of an embedded chain may be ahead of this one's.
            const latest = account.chainTime + VALID_SECONDS;
            const body = contract.createTransfer({
                ...{ seqno, secretKey, messages: [...messages] },
                sendMode: SendMode.PAY_GAS_SEPARATELY + SendMode.IGNORE_ERRORS,
                timeout: Math.max(latest, validUntil ?? 0),
            });
            await opened.send(body);
            const message = external({ to: address, body, ...(seqno === 0 && { init }) });
            return beginCell().store(storeMessage(message)).endCell().toBoc().toString('base64');
        },
    };
}

/** Keys of an account, made at its first use. */
function keysOf(index: number): KeyPair {
    const name = `${KEY}/${index}`;
    let seed = localStorage.getItem(name);
    if (seed === null) {
        seed = hex(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));
        localStorage.setItem(name, seed);
    }
    return keyPairFromSeed(Buffer.from(seed, 'hex'));
}

function hex(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
