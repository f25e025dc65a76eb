import type { Address } from '@ton/core';

/** Parties that keep the rules. */
export type Honest = 'client' | 'provider' | 'verifier';

/** Somebody with accounts, for good or ill. */
export interface Party {
    readonly name: string;
    readonly side: 'attacker' | Honest;
    readonly accounts: readonly Address[];
    /** nanoGRAM of all its accounts when the play began. */
    readonly before: bigint;
    /** Worth of what it received beside money, less what it gave, at the price agreed. */
    goods: bigint;
}

/** What a party has more than before the play, goods included; nanoGRAM. */
export interface Change {
    readonly party: Party;
    readonly nano: bigint;
}

/**
 * The books of one play: what each party has on all its accounts before and after. Whoever received
 * right results has what was agreed for them; whoever did honest work has given as much.
 */
export class Books {
    readonly #parties: Party[] = [];

    constructor(private readonly balanceOf: (account: Address) => Promise<bigint>) {}

    async open(name: string, side: Party['side'], accounts: readonly Address[]): Promise<Party> {
        const before = await this.#sum(accounts);
        const party: Party = { name, side, accounts, before, goods: 0n };
        this.#parties.push(party);
        return party;
    }

    /** Results that are right passed from one to the other. */
    deliver(from: Party, to: Party, worth: bigint): void {
        from.goods -= worth;
        to.goods += worth;
    }

    async close(): Promise<Change[]> {
        return Promise.all(
            this.#parties.map(async (party) => {
                const after = await this.#sum(party.accounts);
                return { party, nano: after - party.before + party.goods };
            }),
        );
    }

    async #sum(accounts: readonly Address[]): Promise<bigint> {
        const balances = await Promise.all(accounts.map((account) => this.balanceOf(account)));
        return balances.reduce((sum, balance) => sum + balance, 0n);
    }
}
