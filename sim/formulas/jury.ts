import { majorityOf } from '../model/jury';
import { binomial, choose } from '../statistics';

/** Verifying stakes of equal weight that may sit in a jury. */
export interface JuryPool {
    readonly honest: number;
    readonly lazy: number;
    readonly colluding: number;
    /** The chance that an honest juror seals and reveals. */
    readonly reliability: number;
}

export interface Seats {
    readonly jurors: number;
    readonly appealJurors: number;
}

/** Chances of what juries find; they add up to 1. */
export interface Verdicts {
    readonly right: number;
    readonly wrong: number;
    readonly void: number;
}

/**
 * Who is before the jury: a provider whose leaf is bad and whose accomplices say "right", or an
 * innocent one whom they attack. The lazy ones say "missing", which counts like "wrong".
 */
export type Matter = 'bad-leaf' | 'attacked' | 'innocent';

interface Bench {
    readonly honest: number;
    readonly lazy: number;
    readonly colluding: number;
    readonly chance: number;
}

/**
 * All benches of so many seats with their chances. Equal weights make the lowest tickets a sample
 * without replacement: the multivariate hypergeometric distribution.
 */
export function benches(pool: JuryPool, seats: number): readonly Bench[] {
    const ways = choose(pool.honest + pool.lazy + pool.colluding, seats);
    const found: Bench[] = [];
    for (let colluding = 0; colluding <= seats; colluding++) {
        for (let lazy = 0; lazy + colluding <= seats; lazy++) {
            const honest = seats - colluding - lazy;
            const chosen =
                choose(pool.colluding, colluding) *
                choose(pool.lazy, lazy) *
                choose(pool.honest, honest);
            if (chosen > 0) found.push({ honest, lazy, colluding, chance: chosen / ways });
        }
    }
    return found;
}

/** The chance of at least so many hits. */
export function atLeast(hits: number, trials: number, p: number): number {
    let sum = 0;
    for (let at = Math.max(0, hits); at <= trials; at++) sum += binomial(at, trials, p);
    return Math.min(1, sum);
}

/** The chance that a majority of `seats` is colluding. */
export function colludingMajority(pool: JuryPool, seats: number): number {
    return benches(pool, seats)
        .filter(({ colluding }) => colluding >= majorityOf(seats))
        .reduce((sum, { chance }) => sum + chance, 0);
}

/** The same where so many stakes exist that each seat is colluding with chance `share` by itself. */
export function colludingMajorityLimit(share: number, seats: number): number {
    return atLeast(majorityOf(seats), seats, share);
}

/**
 * What both juries find, where who is found wrong appeals and no other finding is disputed. Where
 * too few can sit in the first jury it is void; where too few can in the second, the first stands.
 */
export function verdictChances(pool: JuryPool, seats: Seats, matter: Matter): Verdicts {
    if (pool.honest + pool.lazy + pool.colluding < seats.jurors)
        return { right: 0, wrong: 0, void: 1 };
    let right = 0;
    let wrong = 0;
    for (const bench of benches(pool, seats.jurors)) {
        const first = votes(bench, seats.jurors, pool.reliability, matter);
        right += bench.chance * first.right;
        if (first.wrong === 0) continue;
        const second = oneJury(
            {
                honest: pool.honest - bench.honest,
                lazy: pool.lazy - bench.lazy,
                colluding: pool.colluding - bench.colluding,
                reliability: pool.reliability,
            },
            seats.appealJurors,
            matter,
        );
        right += bench.chance * first.wrong * second.right;
        wrong += bench.chance * first.wrong * second.wrong;
    }
    return { right, wrong, void: Math.max(0, 1 - right - wrong) };
}

function oneJury(pool: JuryPool, seats: number, matter: Matter): Omit<Verdicts, 'void'> {
    if (pool.honest + pool.lazy + pool.colluding < seats) return { right: 0, wrong: 1 };
    let right = 0;
    let wrong = 0;
    for (const bench of benches(pool, seats)) {
        const said = votes(bench, seats, pool.reliability, matter);
        right += bench.chance * said.right;
        wrong += bench.chance * said.wrong;
    }
    return { right, wrong };
}

/** The chances that a bench has a majority of all its seats for either finding. */
function votes(
    { honest, lazy, colluding }: Bench,
    seats: number,
    reliability: number,
    matter: Matter,
): Omit<Verdicts, 'void'> {
    const majority = majorityOf(seats);
    const attacking = matter === 'attacked';
    const sureWrong = lazy + (attacking ? colluding : 0);
    const sureRight = attacking ? 0 : colluding;
    const withHonest = (sure: number) => atLeast(majority - sure, honest, reliability);
    const without = (sure: number) => (sure >= majority ? 1 : 0);
    return matter === 'bad-leaf'
        ? { wrong: withHonest(sureWrong), right: without(sureRight) }
        : { wrong: without(sureWrong), right: withHonest(sureRight) };
}

/** The same for a bad leaf where very many stakes exist, by shares of weight. */
export function verdictLimit(
    shares: {
        readonly honest: number;
        readonly lazy: number;
        readonly colluding: number;
        readonly reliability: number;
    },
    seats: Seats,
): Verdicts {
    const wrong = shares.honest * shares.reliability + shares.lazy;
    const says = (p: number, count: number) => atLeast(majorityOf(count), count, p);
    const first = says(wrong, seats.jurors);
    const convicted = first * says(wrong, seats.appealJurors);
    const right =
        says(shares.colluding, seats.jurors) + first * says(shares.colluding, seats.appealJurors);
    return { right, wrong: convicted, void: Math.max(0, 1 - right - convicted) };
}
