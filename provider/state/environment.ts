import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Address } from '@ton/core';
import { type Key, open, type RootDatabase } from 'lmdb';
import * as z from 'zod';
import { account } from './codecs';
import { StateDamagedError, StateForeignError } from './errors';
import { assertNotNewer, formatSchema } from './format';
import { inspectDatabase } from './inspect';
import { ownerSchema, type Ownership, takeOwnership } from './owner';
import { createTable, type Table, writing } from './table';

export interface EnvironmentOptions {
    /** Made if it is not there. */
    readonly folder: string;
    /** Whose state it is: what was signed for one stake is of no use to another. */
    readonly stake: Address;
    readonly market: Address;
    /** Milliseconds since 1970; the clock of this machine unless set. */
    readonly now?: (() => number) | undefined;
    /** Version of what stands in the tables. */
    readonly version: number;
    readonly tables: readonly string[];
    /** By version, what makes its tables those of the next one; of older ones nothing is known. */
    readonly migrations?: Readonly<Record<number, (table: OpenTable) => void>>;
}

/** Runs writes as one; none of them happens when it throws. */
export type Atomically = <T>(work: () => T) => T;

export type OpenTable = <K extends Key, S extends z.ZodType>(
    name: string,
    schema: S,
) => Table<K, z.output<S>>;

/** A database that one node has open. Writes are on disk when they return. */
export interface Environment {
    readonly table: OpenTable;
    readonly atomically: Atomically;
    /** May be called again. */
    close(): Promise<void>;
}

const OWN_TABLES = ['format', 'identity', 'owner'] as const;
const identitySchema = z.object({ stake: account, market: account });
/**
 * Address space for the database, bytes: more than all that is kept takes. The file grows as it is
 * written; the map never has to, which LMDB survives only where there is room for another one.
 */
const MAP_BYTES = 1024 ** 3;
/** The key where a table has one record. */
export const ONLY = 'only';

/**
 * Opens an LMDB environment for one node. `overlappingSync` is off, so that a commit is LMDB's
 * own: the pages are written and flushed (fdatasync), then the page that makes them valid is
 * written through (O_DSYNC), all before `transactionSync` or `putSync` return. With it on,
 * `putSync` would return before the flush.
 *
 * @throws StateInUseError, StateDamagedError, StateForeignError
 */
export async function openEnvironment(options: EnvironmentOptions): Promise<Environment> {
    const { now = Date.now } = options;
    const folder = resolve(options.folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await inspectDatabase(folder, [...OWN_TABLES, ...options.tables]);
    const root = openRoot(folder);
    try {
        const table: OpenTable = (name, schema) =>
            createTable(root.openDB({ name, encoding: 'json' }), schema, { name, folder });
        const atomically = once((work) => writing(folder, () => root.transactionSync(work)));
        const format = { folder, table, atomically };
        checkFormat(options, format);
        const owner = { folder, table: table<string, typeof ownerSchema>('owner', ownerSchema) };
        const ownership = takeOwnership({ ...owner, atomically, now });
        try {
            checkIdentity(table('identity', identitySchema), options, folder);
            migrate(options, format);
            return { table, atomically, close: closing(root, ownership) };
        } catch (error) {
            ownership.release();
            throw error;
        }
    } catch (error) {
        await root.close();
        throw error;
    }
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
        const options = {
            ...{ path: folder, noSubdir: false, maxDbs: 16, overlappingSync: false },
            mapSize: MAP_BYTES,
        };
        return open({ ...options, encoding: 'json' });
    } catch (cause) {
        throw new StateDamagedError(folder, 'The database does not open.', cause);
    }
}

interface Format {
    readonly folder: string;
    readonly table: OpenTable;
    readonly atomically: Atomically;
}

/** @throws StateForeignError for a version that is newer, or too old to be brought up to date */
function checkFormat({ version, migrations = {} }: EnvironmentOptions, format: Format): void {
    const { folder, table } = format;
    const found = table('format', formatSchema).get(ONLY)?.version ?? version;
    assertNotNewer(folder, found, version);
    for (let from = found; from < version; from++) {
        if (migrations[from] !== undefined) continue;
        throw new StateForeignError(
            folder,
            `has format ${found}, and nothing leads from format ${from} to ${version}.`,
            'Upgrade over a version in between.',
        );
    }
}

/** Brings the tables up to date, all at once: a node that dies meanwhile begins again. */
function migrate({ version, migrations = {} }: EnvironmentOptions, format: Format): void {
    const { table, atomically } = format;
    const versions = table<string, typeof formatSchema>('format', formatSchema);
    const found = versions.get(ONLY)?.version ?? version;
    if (found === version && versions.get(ONLY) !== undefined) return;
    atomically(() => {
        for (let from = found; from < version; from++) migrations[from]?.(table);
        versions.put(ONLY, { version });
    });
}

function checkIdentity(
    table: Table<string, z.output<typeof identitySchema>>,
    { stake, market }: Pick<EnvironmentOptions, 'stake' | 'market'>,
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
