import type { MarketParameters } from '../../wrappers';

/** How long things take from one step to the next, seconds; parties use half of each window. */
export interface CheckTimes {
    /** From the assignment to the draw of a job that its client accepts. */
    readonly acceptance: number;
    /** The same of a silent client. */
    readonly silence: number;
    readonly round: number;
    /** From a mismatch to what a first jury finds. */
    readonly jury: number;
    /** From a mismatch to a conviction, through appeal and second jury. */
    readonly conviction: number;
}

/** Of a job that is executed in five minutes and accepted in one. */
const EXECUTION = 300;
const ACCEPTANCE = 60;

export function checkTimes({ acceptWindow, verification: v }: MarketParameters): CheckTimes {
    const jury = v.juryClaimWindow + (v.jurySealWindow + v.juryRevealWindow) / 2;
    return {
        acceptance: EXECUTION + ACCEPTANCE,
        silence: EXECUTION + acceptWindow,
        round: v.claimWindow + (v.sealWindow + v.openWindow + v.revealWindow) / 2,
        jury,
        conviction: 2 * jury + v.appealWindow,
    };
}
