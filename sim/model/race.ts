import type { Random } from '../random';

// Read once: in the contexts of jest a look at a global takes longer than the function.
const { expm1, log1p } = Math;

/** Stakes of one weight that claim the same seat. */
export interface Racers {
    readonly count: number;
    /** Whole GRAM, at least 1: what `ticketOf` divides by. */
    readonly weight: number;
}

/**
 * Which groups hold the lowest tickets, lowest first; fewer where there are fewer racers.
 *
 * A ticket is a hash of 96 bits over a weight, so a uniform number over a weight up to 2^-96. The
 * tickets of n stakes of one weight in ascending order are drawn one after the other: given the
 * k-th, the next is the least of n - k uniform numbers above it. So a draw costs the number of
 * groups and of seats, whatever the number of stakes. tests/sim holds it against `ticketOf`.
 */
export function lowestTickets(
    groups: readonly Racers[],
    seats: number,
    random: Random,
): readonly number[] {
    // Of each group: the uniform number of its next racer, and how many are left with it.
    const next = groups.map(({ count }) => (count > 0 ? leastOf(count, 0, random) : 1));
    const left = groups.map(({ count }) => count);
    const seated: number[] = [];
    while (seated.length < seats) {
        let best = -1;
        let lowest = Infinity;
        for (const [at, { weight }] of groups.entries()) {
            const ticket = (next[at] ?? 1) / weight;
            if ((left[at] ?? 0) > 0 && ticket < lowest) {
                best = at;
                lowest = ticket;
            }
        }
        if (best < 0) break;
        seated.push(best);
        const remaining = (left[best] ?? 0) - 1;
        left[best] = remaining;
        if (remaining > 0) next[best] = leastOf(remaining, next[best] ?? 0, random);
    }
    return seated;
}

/** The least of `count` numbers that are uniform between `above` and 1. */
function leastOf(count: number, above: number, random: Random): number {
    return above + (1 - above) * -expm1(log1p(-random.uniform()) / count);
}
