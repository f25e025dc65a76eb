import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Database, type Key, open } from 'lmdb';
import type * as z from 'zod';
import { type CostKey, type Costs, costSchema, createCosts } from './costs';
import { instant } from './codecs';
import { ONLY } from './environment';
import { StateDamagedError } from './errors';
import { assertNotNewer, formatSchema, STATE_VERSION } from './format';
import { inspectDatabase } from './inspect';
import { createLedger, daySchema, type Ledger, ledgerEntrySchema, type LedgerKey } from './ledger';
import { createTable, emptyTable, type Table } from './table';

/** What a node has written down about jobs and money, for reading. */
export interface Books {
    readonly ledger: Pick<Ledger, 'find' | 'seenBetween' | 'latest' | 'days' | 'totals'>;
    readonly costs: Pick<Costs, 'all'>;
    close(): Promise<void>;
}

const TABLES = ['format', 'ledger', 'days', 'places', 'costs'] as const;

/**
 * Opens the books in a state folder for reading, also while a node works on it: readers of LMDB see
 * what was committed, and keep nobody waiting. Undefined where no node has worked yet.
 *
 * @throws StateDamagedError, StateForeignError for those of a newer version
 */
export async function openBooks(
    stateFolder: string,
    now: () => number = Date.now,
): Promise<Books | undefined> {
    const folder = resolve(stateFolder);
    if (!existsSync(join(folder, 'data.mdb'))) return undefined;
    await inspectDatabase(folder, TABLES);
    const root = openRoot(folder);
    const table = <K extends Key, S extends z.ZodType>(
        name: (typeof TABLES)[number],
        schema: S,
    ): Table<K, z.output<S>> => {
        // A state of an earlier version may lack it.
        const db = root.openDB<unknown, K>({ name, encoding: 'json' }) as
            Database<unknown, K> | undefined;
        return db === undefined ? emptyTable() : createTable(db, schema, { name, folder });
    };
    try {
        const { version = STATE_VERSION } = table('format', formatSchema).get(ONLY) ?? {};
        assertNotNewer(folder, version, STATE_VERSION);
    } catch (error) {
        await root.close();
        throw error;
    }
    const nothing = () => {
        throw new TypeError('The books are open for reading alone.');
    };
    const entries = table<LedgerKey, typeof ledgerEntrySchema>('ledger', ledgerEntrySchema);
    const days = table<string, typeof daySchema>('days', daySchema);
    const places = table<string, typeof instant>('places', instant);
    return {
        ledger: createLedger({ entries, days, places }, nothing, now),
        costs: createCosts(table<CostKey, typeof costSchema>('costs', costSchema), now),
        close: () => root.close(),
    };
}

function openRoot(folder: string) {
    try {
        return open({ path: folder, readOnly: true, maxDbs: 16, encoding: 'json' });
    } catch (cause) {
        throw new StateDamagedError(folder, 'The database does not open.', cause);
    }
}
