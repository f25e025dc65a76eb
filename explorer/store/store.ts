import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Database, type Key, open, type RangeOptions, type RootDatabase } from 'lmdb';
import { IndexDamagedError } from '../errors';
import type {
    DayRecord,
    Gap,
    JobEvent,
    JobRecord,
    ModelRecord,
    ParametersView,
    StakeEvent,
    StakeRecord,
    StakeState,
    WorkRecord,
} from '../wire';

/** A transaction of an account, as the database keeps it. */
export interface Place {
    readonly lt: string;
    /** base64 */
    readonly hash: string;
}

/** An account that the index follows. */
export interface FollowedAccount {
    readonly address: string;
    readonly kind: 'market' | 'escrow' | 'stake';
    /** Of an Escrow. */
    readonly client?: string;
    readonly index?: number;
    /** Of an Escrow: basis points by the parameters that it has. */
    readonly protocolFee?: number;
    /** The last transaction that was dealt with. */
    readonly cursor?: Place;
    /** The transaction that what is kept of its get-methods is the state after. */
    readonly stateLt?: string;
    /** A walk from a newer transaction back to the cursor; `next` is the next to ask for. */
    readonly walk?: { readonly next: Place | null };
}

/** What an Escrow holds of an open job. */
export interface StoredEntry {
    /** The last transaction of the Escrow that this is the state after. */
    readonly lt: string;
    /** The entry of its dictionary as a bag of cells, base64. */
    readonly boc: string;
}

export interface IndexHead {
    /** UNIX seconds of the chain at the last look that found something. */
    readonly chainTime: number;
    /** Of the earliest transaction that was seen. */
    readonly since?: number;
    readonly transactions: number;
}

type ParameterChange = ParametersView['changes'][number];
export type PresentParameters = Omit<ParametersView, 'changes'>;

/** Tables of the index. Keys are ordered; logical times in keys are numbers below 2^53. */
export interface Tables {
    readonly head: Database<IndexHead, 'head'>;
    readonly accounts: Database<FollowedAccount, string>;
    /** Bags of cells of transactions that were fetched and not yet dealt with, base64. */
    readonly pending: Database<string, [account: string, lt: number]>;
    readonly gaps: Database<Gap, [account: string, to: number]>;
    readonly jobs: Database<JobRecord, JobKey>;
    readonly events: Database<JobEvent, [escrow: string, jobId: number, lt: number]>;
    readonly entries: Database<StoredEntry, JobKey>;
    /** Lists of jobs, in the order of their postings. */
    readonly lists: Database<1, [list: string, postedLt: number, ...job: JobKey]>;
    readonly sizes: Database<number, string>;
    readonly stakes: Database<StakeRecord, string>;
    readonly stakeStates: Database<StakeState, string>;
    readonly stakeEvents: Database<StakeEvent, [stake: string, lt: number]>;
    readonly work: Database<WorkRecord, [stake: string, model: string]>;
    readonly models: Database<ModelRecord, string>;
    readonly days: Database<DayRecord, number>;
    readonly changes: Database<ParameterChange, number>;
    readonly parameters: Database<PresentParameters, 'now'>;
}

export type JobKey = [escrow: string, jobId: number];

/** The database of an index. */
export interface IndexStore {
    readonly tables: Tables;
    readonly folder: string;
    /** Runs writes as one; none of them happens when it throws or when the process dies. */
    atomically<T>(work: () => T): T;
    /** Forgets everything: the chain has it. */
    clear(): void;
    close(): Promise<void>;
}

/** What stands in the tables; another one is thrown away and made anew. */
const FORMAT = 3;
const NAMES = [
    ...(['head', 'accounts', 'pending', 'gaps', 'jobs', 'events', 'entries', 'lists'] as const),
    ...(['sizes', 'stakes', 'stakeStates', 'stakeEvents', 'models', 'days'] as const),
    ...(['changes', 'parameters', 'work'] as const),
] as const satisfies readonly (keyof Tables)[];

export interface StoreOptions {
    /** Made if it is not there. */
    readonly folder: string;
    /** Another one than before empties the index. */
    readonly market: string;
}

/**
 * Opens the database of an index. It holds nothing that the chain does not have, so that what was
 * made by another version, or of another Market, is made anew.
 *
 * @throws IndexDamagedError
 */
export function openStore({ folder: given, market }: StoreOptions): IndexStore {
    const folder = resolve(given);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const root = openRoot(folder);
    const table = <V, K extends Key>(name: string) => root.openDB<V, K>({ name, encoding: 'json' });
    const tables = Object.fromEntries(
        NAMES.map((name) => [name, table(name)]),
    ) as unknown as Tables;
    const identity = table<{ format: number; market: string }, 'identity'>('identity');
    const atomically = <T>(work: () => T): T => root.transactionSync(work);
    const clear = () => {
        atomically(() => {
            for (const name of NAMES) tables[name].clearSync();
            identity.putSync('identity', { format: FORMAT, market });
        });
    };
    const kept = identity.get('identity');
    if (kept?.format !== FORMAT || kept.market !== market) clear();
    let closed: Promise<void> | undefined;
    return { tables, folder, atomically, clear, close: () => (closed ??= root.close()) };
}

function openRoot(folder: string): RootDatabase {
    try {
        // As the state of nodes: a commit is on disk when it returns.
        const options = { path: folder, noSubdir: false, maxDbs: 24, overlappingSync: false };
        return open({ ...options, encoding: 'json' });
    } catch (cause) {
        throw new IndexDamagedError(folder, cause);
    }
}

/** All keys that begin with some parts. */
export function under(...parts: readonly (string | number)[]): RangeOptions {
    // `true` and numbers come before strings, and strings before what ends like this.
    return { start: [...parts], end: [...parts, '\uffff'] };
}
