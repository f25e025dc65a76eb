import { Address, beginCell, Cell, toNano } from '@ton/core';
import { createShardAccount, TreasuryContract } from '@ton/sandbox';
import { AccountState } from './account';

/** The account in which every TON network keeps its configuration. */
export const CONFIG_ADDRESS = new Address(-1, Buffer.alloc(32, 0x55));

/** All the money of a new chain: 5 billion GRAM, in nano. */
export const DEFAULT_SUPPLY = toNano(5_000_000_000);

/**
 * The account that the faucet pays from. It is a treasury of the sandbox: it carries out every
 * external message of the right form, without a key or a sequence number.
 */
export const GIVER = TreasuryContract.create(0, 0n);

/**
 * The accounts that a chain starts with: the giver, which holds the whole supply, and the
 * configuration account, whose data begins with the configuration as on every TON network.
 *
 * @param config - root of the configuration dictionary
 * @param supply - balance of the giver, in nano
 */
export function genesisAccounts(config: Cell, supply: bigint): AccountState[] {
    const configData = beginCell()
        .storeRef(config)
        .storeUint(0, 32) // seqno
        .storeUint(0, 256) // public key: nobody's
        .storeBit(false) // proposals: none
        .endCell();
    const giver = {
        address: GIVER.address,
        code: TreasuryContract.code,
        data: GIVER.init.data ?? Cell.EMPTY,
        balance: supply,
    };
    const configAccount = {
        address: CONFIG_ADDRESS,
        code: Cell.EMPTY,
        data: configData,
        balance: 0n,
    };
    return [giver, configAccount].map((account) =>
        AccountState.of(account.address, createShardAccount(account)),
    );
}
