import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Address } from '@ton/core';
import { type Key, open, type RootDatabase } from 'lmdb';
import * as z from 'zod';
import { account, amount, count } from './codecs';
import { type CostKey, type Costs, costSchema, createCosts } from './costs';
import { StateDamagedError, StateForeignError } from './errors';
import { inspectDatabase } from './inspect';
import { createJobRecords, type JobRecords, jobRecordSchema } from './job-records';
import { createLedger, daySchema, type Ledger, ledgerEntrySchema, type LedgerKey } from './ledger';
import { ownerSchema, type Ownership, takeOwnership } from './owner';
import { createServedResults, type ServedResults, servedResultSchema } from './served-results';
import { createTable, type Table } from './table';

export interface StateOptions {
    /** Made if it is not there. */
    readonly folder: string;
    /** Whose state it is: bids and roots of one stake are of no use to another. */
    readonly stake: Address;
    readonly market: Address;
    /** Milliseconds since 1970; the clock of this machine unless set. */
    readonly now?: (() => number) | undefined;
}

const cursorSchema = z.object({ lt: amount, hash: z.string(), chainTime: count });
const identitySchema = z.object({ stake: account, market: account });
const formatSchema = z.object({ version: count });

/** The last transaction of the Market that the node has dealt with. */
export type MarketCursor = z.output<typeof cursorSchema>;

/** What a node remembers. Writes are on disk when they return, those in `atomically` when it does. */
export interface NodeState {
    readonly jobs: JobRecords;
    readonly results: ServedResults;
    readonly ledger: Ledger;
    readonly costs: Costs;
    cursor: MarketCursor | undefined;
    /** Runs writes as one; none of them happens when it throws. */
    atomically<T>(work: () => T): T;
    /** Drops what has become old. */
    prune(): void;
    /** May be called again. */
    close(): Promise<void>;
}

const VERSION = 1;
const TABLES = [
    'format',
    'identity',
    'owner',
    'cursor',
    'jobs',
    'results',
    'ledger',
    'days',
    'costs',
] as const;
const DAY_MS = 24 * 60 * 60 * 1000;
/** No job lives as long: its windows take a day and some hours at most. */
const IDLE_JOBS_MS = 7 * DAY_MS;
const COSTS_MS = 180 * DAY_MS;
const LEDGER_ENTRIES = 10_000;
/** The key where a table has one record. */
const ONLY = 'only';

type OpenTable = <K extends Key, S extends z.ZodType>(
    name: (typeof TABLES)[number],
    schema: S,
) => Table<K, z.output<S>>;

/**
 * Opens the state of a node, an LMDB environment. `overlappingSync` is off, so that a commit is
 * LMDB's own: the pages are written and flushed (fdatasync), then the page that makes them valid
 * is written through (O_DSYNC), all before `transactionSync` or `putSync` return. With it on,
 * `putSync` would return before the flush.
 *
 * @throws StateInUseError, StateDamagedError, StateForeignError
 */
export async function openState(options: StateOptions): Promise<NodeState> {
    const { now = Date.now } = options;
    const folder = resolve(options.folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await inspectDatabase(folder, TABLES);
    const root = openRoot(folder);
    try {
        const table: OpenTable = (name, schema) =>
            createTable(root.openDB({ name, encoding: 'json' }), schema, { name, folder });
        const atomically = once((work) => root.transactionSync(work));
        checkFormat(table('format', formatSchema), folder);
        const owner = { folder, table: table<string, typeof ownerSchema>('owner', ownerSchema) };
        const ownership = takeOwnership({ ...owner, atomically, now });
        try {
            checkIdentity(table('identity', identitySchema), options, folder);
            return assemble(table, atomically, now, closing(root, ownership));
        } catch (error) {
            ownership.release();
            throw error;
        }
    } catch (error) {
        await root.close();
        throw error;
    }
}

type Atomically = <T>(work: () => T) => T;

function assemble(
    table: OpenTable,
    atomically: Atomically,
    now: () => number,
    close: () => Promise<void>,
): NodeState {
    const cursor = table<string, typeof cursorSchema>('cursor', cursorSchema);
    const jobs = createJobRecords(table('jobs', jobRecordSchema), atomically);
    const results = createServedResults(table('results', servedResultSchema));
    const entries = table<LedgerKey, typeof ledgerEntrySchema>('ledger', ledgerEntrySchema);
    const ledger = createLedger(entries, table('days', daySchema), atomically, now);
    const costs = createCosts(table<CostKey, typeof costSchema>('costs', costSchema), now);
    return {
        jobs,
        results,
        ledger,
        costs,
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
            ledger.prune(LEDGER_ENTRIES);
        },
        close,
    };
}

function closing(root: RootDatabase, ownership: Ownership): () => Promise<void> {
    let closed: Promise<void> | undefined;
    return () => {
        if (closed === undefined) {
            ownership.release();
            closed = root.close();
        }
        return closed;
    };
}

/** What is done inside of a transaction joins it. */
function once(transact: Atomically): Atomically {
    let inside = false;
    return (work) => {
        if (inside) return work();
        inside = true;
        try {
            return transact(work);
        } finally {
            inside = false;
        }
    };
}

function openRoot(folder: string): RootDatabase {
    try {
        const options = { path: folder, noSubdir: false, maxDbs: 16, overlappingSync: false };
        return open({ ...options, encoding: 'json' });
    } catch (cause) {
        throw new StateDamagedError(folder, 'The database does not open.', cause);
    }
}

function checkFormat(table: Table<string, z.output<typeof formatSchema>>, folder: string): void {
    const format = table.get(ONLY);
    if (format === undefined) return table.put(ONLY, { version: VERSION });
    if (format.version === VERSION) return;
    throw new StateForeignError(
        folder,
        `has format ${format.version}; this version of the node reads format ${VERSION}.`,
        'Use the version of the node that wrote it.',
    );
}

function checkIdentity(
    table: Table<string, z.output<typeof identitySchema>>,
    { stake, market }: StateOptions,
    folder: string,
): void {
    const identity = table.get(ONLY);
    if (identity === undefined) return table.put(ONLY, { stake, market });
    if (identity.stake.equals(stake) && identity.market.equals(market)) return;
    throw new StateForeignError(
        folder,
        `belongs to the stake ${identity.stake.toString()} of the market ` +
            `${identity.market.toString()}.`,
        'Give each stake a folder of its own.',
    );
}
