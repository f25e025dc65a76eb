import type { LoadedModel } from '../runtime';
import type { Turn } from './turns';

export interface MeterOptions {
    readonly turn: Turn;
    /** What an item is expected to take, milliseconds of one core, where that is known. */
    readonly coreMsPerItem: number | undefined;
    /** Told how long each item took in its child, milliseconds. */
    readonly onItem: (elapsedMs: number) => void;
}

/** A model whose run takes turns with others and is measured. */
export interface MeteredModel {
    readonly model: LoadedModel;
    /** Milliseconds of one core for an item; undefined where no item succeeded. */
    coreMsPerItem(): number | undefined;
}

/** Items that are on their way to the children are worth this long, so that a turn ends soon. */
const AHEAD_MS = 1_000;
const MAX_AHEAD = 1_024;
/** A run that had the cores for less says little about how fast they are fed, milliseconds. */
const TELLING_MS = 200;

export function meterModel(model: LoadedModel, options: MeterOptions): MeteredModel {
    const { turn, onItem } = options;
    const { processes } = model;
    /** Time of the items that succeeded. */
    let sumMs = 0;
    let succeeded = 0;
    /** How many had ended when the run last had the cores. */
    let ended = 0;
    let endedOpen = 0;
    let openMs = 0;

    return {
        model: {
            ...model,
            get processes() {
                return model.processes;
            },
            get pids() {
                return model.pids;
            },
            async *run(items, runOptions) {
                const limits = { maxOutstandingItems: itemsAhead(options, processes) };
                for await (const outcome of model.run(turn.gate(items), {
                    ...limits,
                    ...runOptions,
                })) {
                    ended++;
                    if (turn.openMs > openMs) {
                        openMs = turn.openMs;
                        endedOpen = ended;
                    }
                    if (outcome.status !== 'failed') {
                        const elapsedMs = outcome.elapsedUs / 1000;
                        succeeded++;
                        sumMs += elapsedMs;
                        onItem(elapsedMs);
                    }
                    yield outcome;
                }
            },
        },
        coreMsPerItem() {
            if (succeeded === 0) return undefined;
            const inside = sumMs / succeeded;
            // What children wait for counts too: messages, and files that are read and written.
            const telling = openMs >= TELLING_MS && endedOpen >= 4 * processes;
            return telling ? Math.max(inside, (openMs * processes) / endedOpen) : inside;
        },
    };
}

function itemsAhead({ coreMsPerItem }: MeterOptions, processes: number): number {
    if (coreMsPerItem === undefined) return MAX_AHEAD;
    const worth = Math.ceil((AHEAD_MS * processes) / coreMsPerItem);
    return Math.min(MAX_AHEAD, Math.max(4 * processes, worth));
}
