import { Address } from '@ton/core';
import type { Flows } from './flows';
import type { LedgerRow } from './ledger';

/** What one party paid and got; nanoGRAM, what it paid is negative. */
export interface PartyShare {
    readonly party: string;
    readonly price: bigint;
    readonly protocolFee: bigint;
    /** Pay of verifiers and jurors. */
    readonly checks: bigint;
    /** What a fault cost, and what it brought to those it harmed and who caught it. */
    readonly forfeits: bigint;
    /** Gas, carriage of messages, rent, bonds that paid for a jury: what is left of the change. */
    readonly networkFees: bigint;
    /** Of all its accounts together. */
    readonly change: bigint;
}

export interface Payment {
    readonly winner: string;
    readonly price: bigint;
    readonly protocolFee: bigint;
}

export interface Sharing {
    readonly rows: readonly LedgerRow[];
    readonly operators: readonly string[];
    /** What the client paid for the results of each job. */
    readonly payments: readonly Payment[];
    /** Of the escrow's balance, what it owes the market. */
    readonly owed: bigint;
    readonly flows: Flows;
}

/** Splits the change of the accounts into what each party paid for what. */
export function shareOut(sharing: Sharing): PartyShare[] {
    const { rows, operators, payments, owed, flows } = sharing;
    const change = (prefix: string) =>
        rows
            .filter(({ name }) => name.startsWith(prefix))
            .reduce((sum, { before, after }) => sum + after - before, 0n);
    const moved = (sums: ReadonlyMap<string, bigint>, prefix: string) =>
        rows
            .filter(({ name }) => name.startsWith(prefix))
            .reduce(
                (sum, row) => sum + (sums.get(Address.parse(row.address).toRawString()) ?? 0n),
                0n,
            );
    const share = (party: string, price: bigint, fee: bigint, changed: bigint): PartyShare => {
        const checks = moved(flows.checks, `${party}:`);
        const forfeits = moved(flows.forfeits, `${party}:`);
        const networkFees = changed - price - fee - checks - forfeits;
        return { party, price, protocolFee: fee, checks, forfeits, networkFees, change: changed };
    };
    const sum = (winner: string | undefined, pick: (payment: Payment) => bigint) =>
        payments
            .filter((payment) => winner === undefined || payment.winner === winner)
            .reduce((total, payment) => total + pick(payment), 0n);
    const price = (winner?: string) => sum(winner, (payment) => payment.price);
    const fee = (winner?: string) => sum(winner, (payment) => payment.protocolFee);
    return [
        share('client', -price(), 0n, change('client:') - owed),
        ...operators.map((name) => share(name, price(name), -fee(name), change(`${name}:`))),
        share('market', 0n, fee(), change('market') + owed),
        {
            party: 'burnt',
            ...{ price: 0n, protocolFee: 0n, checks: 0n },
            forfeits: flows.burnt,
            networkFees: change('burnt') - flows.burnt,
            change: change('burnt'),
        },
    ];
}
