import type { MarketParameters } from '../../wrappers';

/** What the contract counts in a check and its juries. */
export interface CheckRules {
    readonly rounds: number;
    readonly jurors: number;
    readonly appealJurors: number;
}

export function checkRules({ verification }: MarketParameters): CheckRules {
    const { rounds, jurors, appealJurors } = verification;
    return { rounds, jurors, appealJurors };
}
