import type { LedgerRow } from './ledger';

/** What one party paid and got; nanoGRAM, what it paid is negative. */
export interface PartyShare {
    readonly party: string;
    readonly price: bigint;
    readonly protocolFee: bigint;
    /** Gas, carriage of messages and rent: what is left of the change. */
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
}

/** Splits the change of the accounts into what each party paid for what. */
export function shareOut(sharing: Sharing): PartyShare[] {
    const { rows, operators, payments, owed } = sharing;
    const change = (prefix: string) =>
        rows
            .filter(({ name }) => name.startsWith(prefix))
            .reduce((sum, { before, after }) => sum + after - before, 0n);
    const share = (party: string, price: bigint, fee: bigint, changed: bigint): PartyShare => ({
        party,
        price,
        protocolFee: fee,
        networkFees: changed - price - fee,
        change: changed,
    });
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
    ];
}
