import { toNano } from '@ton/core';
import { checkFee, type MarketParameters } from '../wrappers';
import { ARENA_PARAMETERS, PRICE } from './arena/scene';
import { type Attack, CERTAIN, type Stratum } from './attack';
import type { Change, Honest } from './books';
import { type Estimate, estimate } from './estimate';
import { Ring, type RingOptions } from './ring';

/**
 * The most that an honest party may lose to anybody's attack beside prices of what it has bought:
 * fees of docs/gas.md. A client posts, and pays for the check that the draw or its silence brings; a
 * provider bids and is outbid, or gives the job back; a verifier claims and is outdone, once for each
 * round of the check and each jury.
 */
export const STATED_FEES: Readonly<Record<Honest, bigint>> = {
    client: toNano('0.015') + checkFee(ARENA_PARAMETERS, PRICE, 1),
    provider: toNano('0.01'),
    verifier: toNano('0.01'),
};

/** Every node is checked at the least rate alone, as one with hundreds of passed checks is. */
const PROVEN_PARAMETERS: MarketParameters = {
    ...ARENA_PARAMETERS,
    verification: { ...ARENA_PARAMETERS.verification, trial: 0 },
};

/** What all plays of an attack came to; nanoGRAM. */
export interface Result {
    readonly attack: Attack;
    /** Expected over the strata; that of the best case where nothing is left to chance. */
    readonly gain: Estimate;
    /** Gains by stratum, in the order played. */
    readonly strata: readonly { readonly stratum: Stratum; readonly gains: readonly bigint[] }[];
    /** Ends of the plays, each once, the most frequent first. */
    readonly caughtBy: readonly string[];
    /** The largest loss of an honest party over all plays, and whose. */
    readonly worst: { readonly name: string; readonly side: Honest; readonly nano: bigint };
    /** Why the attack counts as one that works; empty where it does not. */
    readonly faults: readonly string[];
}

export interface RunOptions {
    readonly ring: RingOptions;
    /** Plays of each stratum. */
    readonly plays: number;
    readonly onPlay?: (attack: Attack, stratum: Stratum, play: number) => void;
    readonly onResult?: (result: Result) => void;
}

/** Plays attacks one after another. A play that breaks off is a fault of its attack. */
export async function runAttacks(
    attacks: readonly Attack[],
    options: RunOptions,
): Promise<Result[]> {
    const results: Result[] = [];
    let ring: Ring | undefined;
    let proven = false;
    try {
        for (const attack of attacks) {
            if (ring !== undefined && proven !== (attack.proven === true)) {
                await ring.stop();
                ring = undefined;
            }
            proven = attack.proven === true;
            ring ??= await Ring.create({
                ...options.ring,
                ...(proven && { parameters: PROVEN_PARAMETERS }),
            });
            const result = await runAttack(ring, attack, options);
            results.push(result);
            options.onResult?.(result);
            if (result.faults.length > 0) {
                // It may have left jobs behind, or verifiers without money.
                await ring.stop();
                ring = undefined;
            }
        }
    } finally {
        await ring?.stop();
    }
    return results;
}

async function runAttack(
    ring: Ring,
    attack: Attack,
    { plays, onPlay }: RunOptions,
): Promise<Result> {
    const strata = attack.strata ?? casesOf(attack);
    const certain = attack.strata === undefined;
    const ends = new Map<string, number>();
    const losses: Change[] = [];
    const samples: { stratum: Stratum; gains: bigint[] }[] = [];
    const faults: string[] = [];
    for (const stratum of strata) {
        const gains: bigint[] = [];
        samples.push({ stratum, gains });
        const count = certain ? 1 : Math.ceil(plays * (stratum.weight ?? 1));
        for (let play = 0; play < count; play++) {
            onPlay?.(attack, stratum, play);
            try {
                await ring.begin();
                const { caughtBy } = await attack.play(ring, stratum);
                ends.set(caughtBy, (ends.get(caughtBy) ?? 0) + 1);
            } catch (error) {
                faults.push(`${stratum.name}, play ${play + 1}: ${describe(error)}`);
                break;
            }
            const changes = await ring.books.close();
            const own = changes.filter(({ party }) => party.side === 'attacker');
            gains.push(own.reduce((sum, { nano }) => sum + nano, 0n));
            losses.push(...changes.filter(({ party }) => party.side !== 'attacker'));
        }
    }
    const worst = worstOf(losses, attack);
    const gain = faults.length > 0 ? BROKEN_OFF : certain ? bestOf(samples) : expected(samples);
    if (gain.high > Number(attack.conceded?.nano ?? 0n))
        faults.push(`The attacker gains up to ${gram(BigInt(Math.ceil(gain.high)))}.`);
    for (const { party, nano } of losses) {
        const stated = statedFor(attack, party.side as Honest);
        if (-nano > stated) faults.push(`${party.name} lost ${gram(-nano)}, over ${gram(stated)}.`);
    }
    return {
        attack,
        gain,
        strata: samples,
        caughtBy: [...ends].sort(([, a], [, b]) => b - a).map(([end]) => end),
        worst,
        faults,
    };
}

const BROKEN_OFF: Estimate = { mean: NaN, low: NaN, high: NaN, plays: 0 };

function expected(samples: Result['strata']): Estimate {
    return estimate(samples.map(({ stratum, gains }) => ({ stratum, gains: gains.map(Number) })));
}

/** Nothing is left to chance: an attacker takes the case that brings most. */
function bestOf(samples: Result['strata']): Estimate {
    const gains = samples.flatMap(({ gains }) => gains.map(Number));
    const best = Math.max(...gains);
    return { mean: best, low: best, high: best, plays: gains.length };
}

function casesOf({ cases }: Attack): readonly Stratum[] {
    return cases?.map((name) => ({ name, chance: 1 / cases.length })) ?? [CERTAIN];
}

function statedFor(attack: Attack, side: Honest): bigint {
    return attack.stated?.[side] ?? STATED_FEES[side];
}

/** The honest party that came nearest to what it may lose, or furthest over it. */
function worstOf(losses: readonly Change[], attack: Attack): Result['worst'] {
    let worst: Result['worst'] = { name: 'nobody', side: 'client', nano: 0n };
    let reached = -Infinity;
    for (const { party, nano } of losses) {
        const side = party.side as Honest;
        const part = Number(-nano) / Number(statedFor(attack, side));
        if (part <= reached) continue;
        reached = part;
        worst = { name: party.name, side, nano };
    }
    return worst;
}

function describe(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** An amount with four digits and its sign. */
export function gram(nano: bigint): string {
    return (Number(nano) / 1e9).toFixed(4);
}
