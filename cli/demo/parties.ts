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

export interface Sharing {
    readonly rows: readonly LedgerRow[];
    readonly operators: readonly string[];
    readonly winner: string;
    /** What the client paid for the results. */
    readonly paid: bigint;
    readonly protocolFee: bigint;
    /** Of the escrow's balance, what it owes the market. */
    readonly owed: bigint;
}

/** Splits the change of the accounts into what each party paid for what. */
export function shareOut(sharing: Sharing): PartyShare[] {
    const { rows, operators, winner, paid, protocolFee, owed } = sharing;
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
    return [
        share('client', -paid, 0n, change('client:') - owed),
        ...operators.map((name) =>
            name === winner
                ? share(name, paid, -protocolFee, change(`${name}:`))
                : share(name, 0n, 0n, change(`${name}:`)),
        ),
        share('market', 0n, protocolFee, change('market') + owed),
    ];
}
