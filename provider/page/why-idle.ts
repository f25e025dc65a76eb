import type { Unreadiness } from '../events';
import { PREFERENCE_OF, type Suspension } from '../preferences';

/** Why a node takes no new work, for its owner. */
export interface IdleReason {
    /** A code of `Unreadiness` or of `Suspension`. */
    readonly code: string;
    readonly sentence: string;
    /** What to do. */
    readonly advice: string;
    /** The preference that says so; undefined where none does. */
    readonly preference: string | undefined;
}

const WAIT = 'Nothing needs to be done.';

const ADVICE: Readonly<Record<Exclude<Unreadiness['code'], 'suspended'>, string>> = {
    starting: WAIT,
    stopping: 'Start it again: "cocoon-provider start".',
    'chain-unreachable': 'Check the connection of this machine, or name another endpoint.',
    'chain-behind': 'Name another endpoint if it stays so.',
    'market-lost': 'Check the endpoint; the node tries again by itself.',
    'stake-missing': 'Open it with "cocoon-provider init".',
    'stake-paused': 'Let it bid again with "cocoon-provider resume".',
    'stake-held': 'Wait for the dispute to end, and keep the node on.',
    'stake-convicted': 'Check the machine, withdraw what is left, and open a new stake.',
    'wrong-node-key': 'Make this machine its node with "cocoon-provider publish".',
    'node-runs-twice': 'Stop the other node for good, then start this one again.',
    'operating-balance-low': 'Send GRAM to the stake; anyone may.',
    'collateral-locked': 'Wait for the locks of earlier jobs to end, or add collateral.',
    'disk-low': 'Make room on the disk of the node.',
};

/** All reasons that hold now: those of the owner's preferences, then those of stake and chain. */
export function whyIdle(
    reasons: readonly Unreadiness[],
    suspensions: readonly Suspension[],
): readonly IdleReason[] {
    return [
        ...suspensions.map(({ code, detail, hint }) => ({
            ...{ code, sentence: detail, advice: hint },
            preference: PREFERENCE_OF[code],
        })),
        ...reasons.flatMap(({ code, detail }) =>
            // Strangers are told no more than that; the owner has the suspensions.
            code === 'suspended'
                ? []
                : [{ code, sentence: detail, advice: ADVICE[code], preference: undefined }],
        ),
    ];
}
