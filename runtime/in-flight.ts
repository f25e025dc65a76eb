import type { HashHex, ItemErrorName } from '../protocol';
import { ITEM_ERROR_CODES } from '../protocol';
import { RuntimeDiskError } from './errors';
import type { ChildMessage, ItemResult, OutputFiles } from './messages';
import type { ExecutionOutcome } from './outcome';
import { PackTaker } from './output-pack';
import type { Position } from './progress';
import type { Entry, Run } from './run';
import type { Death } from './worker-process';

/** One message of items at a child. */
export interface Batch {
    /** Grows by one from each batch of a slot to the next. */
    readonly id: number;
    readonly run: Run;
    readonly entries: readonly Entry[];
    /** Where the child writes large outputs, and where they go; undefined where it sends them. */
    readonly store: (OutputFiles & { readonly destination: string }) | undefined;
}

interface OpenBatch extends Batch {
    /** How many of the entries, from the first, have their outcome. */
    settled: number;
    cancelled: boolean;
    /** Undefined where there is no store. */
    readonly packs: PackTaker | undefined;
}

/** Deaths in a row, without a result and without a running item, that the first item pays for. */
const MAX_BARREN_DEATHS = 3;

const ERROR_OF_DEATH: Record<Death['cause'], { code: ItemErrorName; message: string }> = {
    time: { code: 'TIME_LIMIT', message: 'The item took longer than its limit.' },
    'cpu-time': {
        code: 'TIME_LIMIT',
        message: 'The item took more processor time than its limit.',
    },
    memory: { code: 'MEMORY_LIMIT', message: 'The item took more memory than its limit.' },
    itself: { code: 'PROCESS_DIED', message: 'The process that ran the item died.' },
    misbehaved: { code: 'PROCESS_DIED', message: 'The process that ran the item went wrong.' },
    requested: { code: 'PROCESS_DIED', message: 'The process that ran the item was ended.' },
};

/** The items that are with one child, and what becomes of them. */
export class InFlight {
    #batches: OpenBatch[] = [];
    #barrenDeaths = 0;

    /**
     * @param attempts deaths that an item must have seen to be charged with one
     * @param maxOutputBytes what a child was told, and is held to
     */
    constructor(
        private readonly attempts: number,
        private readonly maxOutputBytes: number,
    ) {}

    get count(): number {
        return this.#batches.length;
    }

    /** Whether the batch that the child works on is of no more use. */
    get headCancelled(): boolean {
        return this.#batches[0]?.cancelled === true;
    }

    add(batch: Batch): void {
        const { store } = batch;
        const packs = store && new PackTaker(store.prefix, store.destination);
        this.#batches.push({ ...batch, settled: 0, cancelled: false, packs });
    }

    /** @returns the ids of the batches that the child shall drop */
    cancel(run: Run): number[] {
        const batches = this.#batches.filter((batch) => batch.run === run && !batch.cancelled);
        for (const batch of batches) batch.cancelled = true;
        return batches.map(({ id }) => id);
    }

    /**
     * Hands the results of a message over.
     *
     * @returns `false` when they are not results of what the child was given, in turn
     */
    accept({ batch: id, from, results, done }: ChildMessage & { type: 'results' }): boolean {
        const batch = this.#batches[0];
        if (batch === undefined || batch.id !== id || batch.settled !== from) return false;
        const end = from + results.length;
        if (end > batch.entries.length || (results.length === 0 && !done)) return false;
        if (done && end < batch.entries.length && !batch.cancelled) return false;
        if (results.some((result) => sizeOf(result) > this.maxOutputBytes)) return false;
        this.#barrenDeaths = 0;
        for (const result of results) {
            const entry = batch.entries[batch.settled++];
            if (entry === undefined) continue;
            if (result.kind === 'disk') batch.run.fail(new RuntimeDiskError(result.message));
            else if (!settle(batch, entry, result)) return false;
        }
        if (done) this.#batches.shift();
        batch.run.reportProgress();
        return true;
    }

    /**
     * Sorts the items out after a death: one at most is charged with it, all others run again.
     *
     * @param position the item that was running
     * @param elapsedMs how long it had been, where that is known
     */
    settleDeath(cause: Death['cause'], position: Position | undefined, elapsedMs: number): void {
        const charged = cause === 'requested' ? undefined : this.#charge(cause, position);
        const batches = this.#batches;
        this.#batches = [];
        // From the last, since each gives back to the front.
        for (const batch of batches.reverse()) {
            const rest = batch.entries.slice(batch.settled);
            if (charged !== undefined && rest.includes(charged)) {
                batch.run.settle(charged, {
                    status: 'failed',
                    index: charged.index,
                    error: ERROR_OF_DEATH[cause],
                    elapsedUs: Math.round(elapsedMs * 1000),
                });
                batch.run.reportProgress();
            }
            batch.run.giveBack(rest.filter((entry) => entry !== charged));
        }
    }

    clear(): void {
        this.#batches = [];
    }

    #charge(cause: Death['cause'], position: Position | undefined): Entry | undefined {
        const batch = this.#batches.find(({ id }) => id === position?.batch);
        if (batch !== undefined && position !== undefined && position.item >= batch.settled) {
            const running = batch.entries[position.item];
            if (running === undefined) return undefined;
            running.deaths++;
            const overTime = cause === 'time' || cause === 'cpu-time';
            return overTime || running.deaths >= this.attempts ? running : undefined;
        }
        const head = this.#batches[0];
        if (head === undefined || ++this.#barrenDeaths < MAX_BARREN_DEATHS) return undefined;
        this.#barrenDeaths = 0;
        return head.entries[head.settled];
    }
}

function sizeOf(result: ItemResult): number {
    if (result.kind === 'inline') return result.bytes.length;
    return result.kind === 'file' ? result.sizeBytes : 0;
}

type ItemOutcome = Exclude<ItemResult, { readonly kind: 'disk' }>;

/** @returns whether the result is one */
function settle({ run, packs }: OpenBatch, entry: Entry, result: ItemOutcome): boolean {
    if (result.kind !== 'file') {
        run.settle(entry, outcomeOf(result, entry));
        return true;
    }
    if (packs === undefined) return false;
    if (run.closed) {
        packs.drop(result);
        return true;
    }
    try {
        const slice = packs.take(result);
        if (slice === undefined) return false;
        const sha256 = result.sha256 as HashHex;
        const { elapsedUs } = result;
        run.settle(entry, { status: 'stored', index: entry.index, sha256, slice, elapsedUs });
    } catch (error) {
        run.fail(new RuntimeDiskError(error instanceof Error ? error.message : String(error)));
    }
    return true;
}

function outcomeOf(
    result: Exclude<ItemOutcome, { readonly kind: 'file' }>,
    { index }: Entry,
): ExecutionOutcome {
    const { elapsedUs } = result;
    switch (result.kind) {
        case 'inline':
            return { status: 'done', index, output: result.bytes, elapsedUs };
        case 'error': {
            const known = Object.hasOwn(ITEM_ERROR_CODES, result.code);
            const code = known ? (result.code as ItemErrorName) : 'RUNTIME_ERROR';
            return { status: 'failed', index, error: { code, message: result.message }, elapsedUs };
        }
    }
}
