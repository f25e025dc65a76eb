import { RECORD_UNIT, type CheckRecord } from '../model/record';
import type { Conduct } from '../model/verifiers';
import { steadyRecord } from '../formulas/record';
import type { Random } from '../random';
import type { MarketOptions, Policy } from './options';

/** Reserves of stakes in GRAM, and their shares; collateral is as large as the reserve. */
const SIZES = [
    { reserve: 5, share: 0.4 },
    { reserve: 20, share: 0.3 },
    { reserve: 100, share: 0.2 },
    { reserve: 500, share: 0.1 },
] as const;
const NANO = 1_000_000_000n;
/** A record with which the least rate has been reached. */
const CHEATS_RECORD = 300;
/** What a core hour costs, nanoGRAM: the usual price of a provider (docs/costs.md). */
const CORE_HOUR = 50_000_000;

/** Locks that end with one bucket. */
interface Bucket {
    readonly end: number;
    sum: bigint;
}

/** A node of the market, with its Stake. */
export class MarketNode {
    convicted = false;
    heldSince = 0;
    heldUntil = 0;
    private locks: Bucket[] = [];

    constructor(
        readonly policy: Policy,
        /** nanoGRAM for a core hour. */
        readonly coreHour: bigint,
        public reserve: bigint,
        readonly collateral: bigint,
        public record: CheckRecord,
    ) {}

    /** Time stands still for the locks of a Stake that is held. */
    private clock(now: number): number {
        return this.heldUntil > now ? this.heldSince : now;
    }

    locked(now: number): bigint {
        const clock = this.clock(now);
        this.locks = this.locks.filter(({ end }) => end > clock);
        return this.locks.reduce((sum, lock) => sum + lock.sum, 0n);
    }

    lock(amount: bigint, until: number, width: number): void {
        const end = Math.ceil(until / width) * width;
        const bucket = this.locks.find((other) => other.end === end);
        if (bucket === undefined) this.locks.push({ end, sum: amount });
        else bucket.sum += amount;
    }

    mayBid(now: number): boolean {
        return !this.convicted && this.heldUntil <= now;
    }
}

/** Where a verifying node stands in the pool. */
export interface VerifierClass {
    readonly conduct: Conduct;
    /** Whole GRAM. */
    readonly weight: number;
}

export interface Population {
    readonly nodes: readonly MarketNode[];
    /** The class of each node that verifies and is online, by the node's index. */
    readonly verifying: ReadonlyMap<number, number>;
    readonly classes: readonly VerifierClass[];
}

const CONDUCTS: readonly Conduct[] = ['honest', 'lazy', 'colluding'];

/** Draws a population. */
export function populate(options: MarketOptions, random: Random): Population {
    const classes = CONDUCTS.flatMap((conduct) =>
        SIZES.map(({ reserve }) => ({ conduct, weight: 2 * reserve })),
    );
    const usual = steadyUnits(options);
    const least = options.parameters.verification.verifierStake;
    const nodes: MarketNode[] = [];
    const verifying = new Map<number, number>();
    for (let index = 0; index < options.nodes; index++) {
        const policy = policyOf(options, random);
        const size = sizeOf(random);
        const reserve = BigInt(SIZES[size]?.reserve ?? 0) * NANO;
        // Who does not compute can ask for less.
        const factor = Math.exp(0.3 * random.normal()) * (policy === 'honest' ? 1 : 0.8);
        const units = policy === 'honest' ? usual : CHEATS_RECORD * RECORD_UNIT;
        nodes.push(
            new MarketNode(policy, BigInt(Math.round(CORE_HOUR * factor)), reserve, reserve, {
                units,
                at: 0,
            }),
        );
        const conduct = conductOf(options, random);
        if (!random.chance(options.verifiers) || 2n * reserve < least) continue;
        // Colluding stakes are always there.
        if (conduct === 'colluding' || random.chance(options.online)) {
            verifying.set(index, CONDUCTS.indexOf(conduct) * SIZES.length + size);
        }
    }
    return { nodes, verifying, classes };
}

function steadyUnits({ jobs, nodes, days, parameters }: MarketOptions): number {
    const perMonth = ((jobs / nodes) * 30) / days;
    const record = steadyRecord(
        perMonth,
        parameters.verification.trial,
        parameters.minCheckRate / 10_000,
    );
    return Math.round(record * RECORD_UNIT);
}

function policyOf({ cheats }: MarketOptions, random: Random): Policy {
    if (!random.chance(cheats)) return 'honest';
    return (['every', 'dear', 'item'] as const)[random.below(3)] ?? 'every';
}

function conductOf({ colluding, lazy }: MarketOptions, random: Random): Conduct {
    const drawn = random.uniform();
    if (drawn < colluding) return 'colluding';
    return drawn < colluding + lazy ? 'lazy' : 'honest';
}

function sizeOf(random: Random): number {
    let drawn = random.uniform();
    return Math.max(
        0,
        SIZES.findIndex(({ share }) => (drawn -= share) < 0),
    );
}
