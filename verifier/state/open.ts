import * as z from 'zod';
import type { MarketCursor, StateOptions } from '../../provider';
import { amount } from '../../provider/state/codecs';
import { type CostKey, type Costs, costSchema, createCosts } from '../../provider/state/costs';
import { ONLY, openEnvironment } from '../../provider/state/environment';
import { cursorSchema } from '../../provider/state/open';
import { type CheckRecords, checkRecordSchema, createCheckRecords } from './check-records';

/** Sums since the state was made; amounts nanoGRAM. */
export interface VerifierTotals {
    readonly claims: number;
    readonly verified: number;
    readonly sat: number;
    readonly earned: bigint;
    readonly lost: bigint;
    readonly fees: bigint;
}

/** What a verifier remembers. Writes are on disk when they return, those in `atomically` when it does. */
export interface VerifierState {
    readonly checks: CheckRecords;
    readonly costs: Costs;
    cursor: MarketCursor | undefined;
    /** Tags of parameters that were in force when this node looked. */
    readonly parameterTags: ReadonlySet<bigint>;
    learnParameters(tag: bigint): void;
    readonly totals: VerifierTotals;
    count(part: Partial<VerifierTotals>): void;
    atomically<T>(work: () => T): T;
    prune(): void;
    /** May be called again. */
    close(): Promise<void>;
}

/** 2: checks say whether what a convict paid is booked, which an older program would forget. */
const VERSION = 2;
const MIGRATIONS = { 1: () => undefined };
const TABLES = ['cursor', 'checks', 'costs', 'parameters', 'totals'] as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const IDLE_CHECKS_MS = 30 * DAY_MS;
const COSTS_MS = 180 * DAY_MS;
const NOTHING: VerifierTotals = { claims: 0, verified: 0, sat: 0, earned: 0n, lost: 0n, fees: 0n };

const number = z.number().min(0);
const totalsSchema = z.object({
    claims: number,
    verified: number,
    sat: number,
    earned: amount,
    lost: amount,
    fees: amount,
});
const tagSchema = z.object({ tag: amount });

/**
 * Opens the state of a verifier, a database of its own; see `openEnvironment`.
 *
 * @throws StateInUseError, StateDamagedError, StateForeignError
 */
export async function openVerifierState(options: StateOptions): Promise<VerifierState> {
    const { now = Date.now } = options;
    const environment = await openEnvironment({
        ...options,
        version: VERSION,
        tables: TABLES,
        migrations: MIGRATIONS,
    });
    const { table, atomically } = environment;
    const cursor = table<string, typeof cursorSchema>('cursor', cursorSchema);
    const checks = createCheckRecords(table('checks', checkRecordSchema));
    const costs = createCosts(table<CostKey, typeof costSchema>('costs', costSchema), now);
    const parameters = table<string, typeof tagSchema>('parameters', tagSchema);
    const totals = table<string, typeof totalsSchema>('totals', totalsSchema);
    const tags = new Set([...parameters.entries()].map(({ value }) => value.tag));
    return {
        checks,
        costs,
        get cursor() {
            return cursor.get(ONLY);
        },
        set cursor(place) {
            if (place === undefined) cursor.remove(ONLY);
            else cursor.put(ONLY, place);
        },
        parameterTags: tags,
        learnParameters(tag) {
            if (tags.has(tag)) return;
            tags.add(tag);
            parameters.put(tag.toString(), { tag });
        },
        get totals() {
            return totals.get(ONLY) ?? NOTHING;
        },
        count(part) {
            atomically(() => {
                const sum = totals.get(ONLY) ?? NOTHING;
                totals.put(ONLY, {
                    claims: sum.claims + (part.claims ?? 0),
                    verified: sum.verified + (part.verified ?? 0),
                    sat: sum.sat + (part.sat ?? 0),
                    earned: sum.earned + (part.earned ?? 0n),
                    lost: sum.lost + (part.lost ?? 0n),
                    fees: sum.fees + (part.fees ?? 0n),
                });
            });
        },
        atomically,
        prune: () => {
            checks.prune(now() - IDLE_CHECKS_MS);
            costs.prune(now() - COSTS_MS);
        },
        close: () => environment.close(),
    };
}
