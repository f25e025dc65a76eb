import type { Address } from '@ton/core';
import * as z from 'zod';
import { amount, count, instant } from './codecs';
import { type CostKey, type Costs, costSchema, createCosts } from './costs';
import { type Environment, ONLY, openEnvironment } from './environment';
import { STATE_MIGRATIONS, STATE_VERSION } from './format';
import { createJobRecords, type JobRecords, jobRecordSchema } from './job-records';
import {
    createLedger,
    daySchema,
    type Ledger,
    type LedgerEntry,
    ledgerEntrySchema,
    type LedgerKey,
} from './ledger';
import { createQuarantine, type Quarantine, quarantineSchema } from './quarantine';
import { createServedResults, type ServedResults, servedResultSchema } from './served-results';
import { createKeyRecords, type KeyRecords, keyRecordSchema } from './key-records';
import type { Table } from './table';

export interface StateOptions {
    /** Made if it is not there. */
    readonly folder: string;
    /** Whose state it is: bids and roots of one stake are of no use to another. */
    readonly stake: Address;
    readonly market: Address;
    /** Milliseconds since 1970; the clock of this machine unless set. */
    readonly now?: (() => number) | undefined;
}

export const cursorSchema = z.object({ lt: amount, hash: z.string(), chainTime: count });

/** The last transaction of the Market that the node has dealt with. */
export type MarketCursor = z.output<typeof cursorSchema>;

/** What a node remembers. Writes are on disk when they return, those in `atomically` when it does. */
export interface NodeState {
    readonly jobs: JobRecords;
    readonly results: ServedResults;
    readonly ledger: Ledger;
    readonly costs: Costs;
    readonly quarantine: Quarantine;
    readonly keys: KeyRecords;
    cursor: MarketCursor | undefined;
    /** Runs writes as one; none of them happens when it throws. */
    atomically<T>(work: () => T): T;
    /** Drops what has become old. */
    prune(): void;
    /** May be called again. */
    close(): Promise<void>;
}

const TABLES = [
    'cursor',
    'jobs',
    'results',
    'ledger',
    'days',
    'places',
    'costs',
    'quarantine',
    'keys',
] as const;
const DAY_MS = 24 * 60 * 60 * 1000;
/** No job lives as long: its windows take a day and some hours at most. */
const IDLE_JOBS_MS = 7 * DAY_MS;
/** After so long a model begins anew. */
const QUARANTINE_MS = 30 * DAY_MS;
/** No check, jury and appeal of a job ends later. */
const USED_KEYS_MS = 60 * DAY_MS;
const COSTS_MS = 180 * DAY_MS;
/** A year, and what it takes to do its books. */
const LEDGER_MS = 400 * DAY_MS;
/** About 1 kB each. */
const LEDGER_ENTRIES = 200_000;

/**
 * Opens the state of a node; see `openEnvironment`.
 *
 * @throws StateInUseError, StateDamagedError, StateForeignError
 */
export async function openState(options: StateOptions): Promise<NodeState> {
    const environment = await openEnvironment({
        ...options,
        version: STATE_VERSION,
        tables: TABLES,
        migrations: STATE_MIGRATIONS,
    });
    return assemble(environment, options.now ?? Date.now);
}

function assemble(environment: Environment, now: () => number): NodeState {
    const { table, atomically } = environment;
    const cursor = table<string, typeof cursorSchema>('cursor', cursorSchema);
    const jobs = createJobRecords(table('jobs', jobRecordSchema), atomically);
    const results = createServedResults(table('results', servedResultSchema));
    const entries = table<LedgerKey, typeof ledgerEntrySchema>('ledger', ledgerEntrySchema);
    const days = table<string, typeof daySchema>('days', daySchema);
    const places = table<string, typeof instant>('places', instant);
    indexPlaces(entries, places, atomically);
    const ledger = createLedger({ entries, days, places }, atomically, now);
    const costs = createCosts(table<CostKey, typeof costSchema>('costs', costSchema), now);
    const quarantine = createQuarantine(table('quarantine', quarantineSchema), now);
    const keys = createKeyRecords(table('keys', keyRecordSchema), atomically);
    return {
        jobs,
        results,
        ledger,
        costs,
        quarantine,
        keys,
        get cursor() {
            return cursor.get(ONLY);
        },
        set cursor(place) {
            if (place === undefined) cursor.remove(ONLY);
            else cursor.put(ONLY, place);
        },
        atomically,
        prune: () => {
            jobs.prune(now() - IDLE_JOBS_MS);
            costs.prune(now() - COSTS_MS);
            quarantine.prune(now() - QUARANTINE_MS);
            keys.prune({ used: now() - USED_KEYS_MS, unused: now() - IDLE_JOBS_MS });
            ledger.prune(now() - LEDGER_MS, LEDGER_ENTRIES);
        },
        close: () => environment.close(),
    };
}

/** A state of an earlier version has no index of its entries. */
function indexPlaces(
    entries: Table<LedgerKey, LedgerEntry>,
    places: Table<string, number>,
    atomically: Environment['atomically'],
): void {
    if (places.size > 0 || entries.size === 0) return;
    atomically(() => {
        for (const { key } of entries.entries()) {
            const [seenAt, escrow, jobId] = key;
            places.put(`${escrow}/${jobId}`, seenAt);
        }
    });
}
