import { toNano } from '@ton/core';
import type { Attack, Stratum } from '../attack';
import { number, PRICE } from '../arena/scene';
import type { RingVerifier } from '../ring';
import { LEAST_BONDS, LEAST_RATE } from './least';

/** Verifiers of the ring that keep the rules. */
const HONEST = 7;
const MADE_UP = 0.5;

/** Says what its accomplice has made up, as verifier and as juror. */
const accomplice = () => ({
    execute: () =>
        Promise.resolve({ status: 'done' as const, output: number(MADE_UP), elapsedMs: 1 }),
});

interface Collusion {
    /** Verifiers of the attacker, each with as much at stake as an honest one. */
    readonly friends: number;
    /** How often a job of the attacker is drawn, 0 to 1. */
    readonly rate: number;
}

function strataOf({ friends, rate }: Collusion): readonly Stratum[] {
    const share = friends / (friends + HONEST);
    const drawn: readonly Stratum[] = [
        { name: 'a friend is drawn', chance: rate * share, weight: 0.5 },
        { name: 'an honest verifier is drawn', chance: rate * (1 - share) },
    ];
    return rate === 1 ? drawn : [...drawn, { name: 'not drawn', chance: 1 - rate, weight: 0.25 }];
}

function colluding(collusion: Collusion): Attack {
    const { friends, rate } = collusion;
    const proven = rate < 1;
    const share = ((100 * friends) / (friends + HONEST)).toFixed(0);
    return {
        name: `${share} % of the stake colludes${proven ? ', after a long good record' : ''}`,
        role: 'provider',
        how: `makes results up, and ${friends} of ${friends + HONEST} verifiers are its own: they pass it, and find it right in juries`,
        ...(proven && { proven: true as const }),
        strata: strataOf(collusion),
        play: async (ring, { name }) => {
            const cheat = await ring.provider('attacker', { bonds: LEAST_BONDS });
            const own: RingVerifier[] = [];
            for (let n = 0; n < friends; n++) own.push(await ring.verifier(accomplice));
            const nodes = own.map(({ node }) => node);
            const wanted = (draw: bigint) => {
                const drawn = rate === 1 || draw % 10_000n < BigInt(rate * 10_000);
                if (name === 'not drawn') return !drawn;
                return drawn && ring.leads(draw, nodes) === (name === 'a friend is drawn');
            };
            const posted = await ring.soldWhen(
                cheat,
                ({ draw }) => wanted(draw),
                () => number(MADE_UP),
                { terms: { checkRate: 0 } },
            );
            return { caughtBy: await ring.settle(cheat, posted) };
        },
        // What passes is paid, and what colludes against an honest verifier costs it its bond.
        stated: { client: PRICE + toNano('0.06'), verifier: toNano('1') },
    };
}

/** A new cheat, whose jobs are all checked. */
export const colludingNewcomers: readonly Attack[] = [1, 2, 3].map((friends) =>
    colluding({ friends, rate: 1 }),
);

/** One with the best record there is. */
export const colludingVeterans: readonly Attack[] = [1, 2, 3].map((friends) =>
    colluding({ friends, rate: LEAST_RATE / 10_000 }),
);
