import {
    type Account as AccountCell,
    type Address,
    beginCell,
    Cell,
    loadShardAccount,
    type ShardAccount,
    storeShardAccount,
} from '@ton/core';
import { createEmptyShardAccount } from '@ton/sandbox';

export type AccountStatus = 'active' | 'frozen' | 'uninitialized';

/**
 * One account after some block. It is immutable; what is derived from its cells is computed once,
 * when it is first asked for, because clients poll the same accounts over and over.
 */
export class AccountState {
    private parsed: ShardAccount | undefined;
    private codeAndData: { readonly code: string; readonly data: string } | undefined;

    constructor(
        readonly address: Address,
        /** The ShardAccount as a base64 bag of cells, the form in which the executor takes it. */
        readonly boc: string,
    ) {}

    /** The state of an address that nothing has happened to. */
    static empty(address: Address): AccountState {
        return AccountState.of(address, createEmptyShardAccount(address));
    }

    static of(address: Address, account: ShardAccount): AccountState {
        const cell = beginCell().store(storeShardAccount(account)).endCell();
        return new AccountState(address, cell.toBoc().toString('base64'));
    }

    get shard(): ShardAccount {
        this.parsed ??= loadShardAccount(Cell.fromBase64(this.boc).beginParse());
        return this.parsed;
    }

    get account(): AccountCell | undefined {
        return this.shard.account ?? undefined;
    }

    get status(): AccountStatus {
        const state = this.account?.storage.state.type;
        return state === undefined || state === 'uninit' ? 'uninitialized' : state;
    }

    /** In nano. */
    get balance(): bigint {
        return this.account?.storage.balance.coins ?? 0n;
    }

    /** Amounts of extra currencies, by their id. */
    get extraCurrencies(): readonly (readonly [number, bigint])[] {
        return [...(this.account?.storage.balance.other ?? [])];
    }

    /** Logical time of the last transaction, 0 without one. */
    get lastLt(): bigint {
        return this.shard.lastTransactionLt;
    }

    /** Hash of the last transaction, 32 bytes, all zero without one. */
    get lastHash(): Buffer {
        return hashBytes(this.shard.lastTransactionHash);
    }

    get code(): Cell | undefined {
        const state = this.account?.storage.state;
        return state?.type === 'active' ? (state.state.code ?? undefined) : undefined;
    }

    get data(): Cell | undefined {
        const state = this.account?.storage.state;
        return state?.type === 'active' ? (state.state.data ?? undefined) : undefined;
    }

    /** Code and data as base64 bags of cells, empty strings where there are none. */
    get bocs(): { readonly code: string; readonly data: string } {
        this.codeAndData ??= { code: cellBoc(this.code), data: cellBoc(this.data) };
        return this.codeAndData;
    }

    /** Hash of the state that a frozen account had, as base64; empty otherwise. */
    get frozenHash(): string {
        const state = this.account?.storage.state;
        return state?.type === 'frozen' ? hashBytes(state.stateHash).toString('base64') : '';
    }
}

function cellBoc(cell: Cell | undefined): string {
    return cell?.toBoc().toString('base64') ?? '';
}

/** The 32 bytes of a hash that @ton/core keeps as a number. */
function hashBytes(hash: bigint): Buffer {
    return Buffer.from(hash.toString(16).padStart(64, '0'), 'hex');
}
