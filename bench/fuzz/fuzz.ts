import { describeModel, type IsolationLevel, ModelRefusedError } from '../../runtime';
import { randomOf } from '../../sim/random';
import { mutate, type Mutation, MUTATIONS } from './mutate';
import { type Ending, Player } from './player';
import { type Source, sources } from './sources';

/** One mutation that did what none may do, or that ended its child. */
export interface Finding {
    readonly number: number;
    readonly source: string;
    readonly what: 'model' | 'item';
    readonly mutation: Mutation;
    readonly ending: string;
}

export interface FuzzReport {
    readonly mutations: number;
    readonly seed: number;
    readonly isolation: IsolationLevel;
    readonly seconds: number;
    readonly children: number;
    /** By reason. */
    readonly refused: Readonly<Record<string, number>>;
    /** By how they ended. */
    readonly admitted: Readonly<Record<string, number>>;
    /** Errors of the parent other than a typed refusal; there may be none. */
    readonly parentErrors: readonly Finding[];
    /** What ended a child. */
    readonly deaths: readonly Finding[];
}

export interface FuzzOptions {
    readonly mutations: number;
    readonly seed: number;
    /** The compiled `child.js`. */
    readonly workerPath: string;
    /** An empty one. */
    readonly folder: string;
    readonly isolation: IsolationLevel;
    readonly onProgress?: (done: number) => void;
    /** Told at once of what ended a child or harmed this process. */
    readonly onFinding?: (finding: Finding) => void;
}

const LARGE_BYTES = 100_000;
/** One mutation in so many is one of the item. */
const ITEM_IN = 4;

/**
 * Mutates models and items, admits each in this process as a node does, and loads and runs what is
 * admitted in an isolated child. Mutation `n` of a seed is the same whatever came before it.
 *
 * @throws when a child can no longer be ended
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
    const { mutations, seed, folder, workerPath, isolation, onProgress, onFinding } = options;
    const from = sources();
    const player = await Player.open(workerPath, folder, isolation);
    const refused: Record<string, number> = {};
    const admitted: Record<string, number> = {};
    const parentErrors: Finding[] = [];
    const deaths: Finding[] = [];
    const note = (list: Finding[], finding: Finding) => {
        list.push(finding);
        onFinding?.(finding);
    };
    const startedMs = performance.now();
    try {
        for (let number = 0; number < mutations; number++) {
            const { model, item, ...name } = draw(from, seed, number);
            try {
                const ending = await player.play(model, describeModel(model), item);
                admitted[ending] = (admitted[ending] ?? 0) + 1;
                if (isDeath(ending)) note(deaths, { number, ...name, ending });
            } catch (error) {
                if (error instanceof ModelRefusedError) {
                    refused[error.reason] = (refused[error.reason] ?? 0) + 1;
                } else {
                    note(parentErrors, { number, ...name, ending: String(error) });
                }
            }
            onProgress?.(number + 1);
        }
    } finally {
        await player.stop();
    }
    return {
        mutations,
        seed,
        isolation: player.isolation,
        seconds: (performance.now() - startedMs) / 1000,
        children: player.children,
        refused,
        admitted,
        parentErrors,
        deaths,
    };
}

function draw(from: readonly Source[], seed: number, number: number) {
    const random = randomOf(seed, `fuzz ${number}`);
    const below = (bound: number) => random.below(bound);
    const source = pick(from, below);
    const what = below(ITEM_IN) === 0 ? ('item' as const) : ('model' as const);
    const mutation = MUTATIONS[below(MUTATIONS.length)] as Mutation;
    const changed = { [what]: mutate(source[what], mutation, below) };
    return {
        model: source.model,
        item: source.item,
        ...changed,
        source: source.name,
        what,
        mutation,
    };
}

/** Large models take fifty times as long as small ones, and are drawn a fifth as often. */
function pick(from: readonly Source[], below: (bound: number) => number): Source {
    const weights = from.map(({ model }) => (model.length > LARGE_BYTES ? 1 : 5));
    let at = below(weights.reduce((sum, weight) => sum + weight, 0));
    const index = weights.findIndex((weight) => (at -= weight) < 0);
    return from[index] as Source;
}

function isDeath(ending: Ending): boolean {
    return / while |went wrong/.test(ending);
}
