import type { Transaction } from '@ton/core';
import type { Chain } from '../../sdk';
import { readForfeits, readRewards } from '../../wrappers';
import { type LedgerAccount, type Standing, transactionsBetween } from './ledger';

/** Money that checks and faults moved, by raw address; nanoGRAM. */
export interface Flows {
    /** Pay of verifiers and jurors; what an Escrow sent for it is negative. */
    readonly checks: ReadonlyMap<string, bigint>;
    /** What a fault cost and brought. */
    readonly forfeits: ReadonlyMap<string, bigint>;
    readonly burnt: bigint;
}

/** What moved between two moments. */
export async function flowsBetween(
    chain: Chain,
    accounts: readonly LedgerAccount[],
    before: readonly Standing[],
    after: readonly Standing[],
): Promise<Flows> {
    const read = async (account: LedgerAccount, at: number) => {
        const [opening, closing] = [before[at], after[at]];
        if (opening === undefined || closing === undefined) throw new TypeError('No standing.');
        const own = await transactionsBetween(chain, account, opening, closing);
        return [account.address.toRawString(), own] as const;
    };
    return readFlows(new Map(await Promise.all(accounts.map(read))));
}

/**
 * Reads the money that checks and faults moved out of transactions.
 *
 * @param transactions - those of Escrows and Stakes, by raw address
 */
function readFlows(transactions: ReadonlyMap<string, readonly Transaction[]>): Flows {
    const checks = new Map<string, bigint>();
    const forfeits = new Map<string, bigint>();
    let burnt = 0n;
    for (const [account, own] of transactions) {
        for (const transaction of own) {
            const forfeit = readForfeits(transaction);
            if (forfeit !== undefined) {
                for (const { account: to, value } of forfeit.payments) {
                    add(forfeits, to.toRawString(), value);
                    add(forfeits, account, -value);
                }
                add(forfeits, account, -forfeit.burnt);
                burnt += forfeit.burnt;
                continue;
            }
            for (const { account: to, value, bond, reason } of readRewards(transaction)) {
                if (reason === 'bond') continue;
                add(checks, to.toRawString(), value - bond);
                add(checks, account, bond - value);
            }
        }
    }
    return { checks, forfeits, burnt };
}

function add(sums: Map<string, bigint>, key: string, amount: bigint): void {
    sums.set(key, (sums.get(key) ?? 0n) + amount);
}
