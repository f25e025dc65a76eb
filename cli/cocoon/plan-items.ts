import { randomBytes } from 'node:crypto';
import { randomInputs } from '../../calibration';
import { type JobLimits, MAX_ITEM_BYTES, type TensorSpec } from '../../protocol';
import { type CommandContext, UsageError } from '../terminal';
import { measure, chosenPrice, type Measured, priceFromTime } from './jobs/price';
import type { PaidModel } from './jobs/paid-model';
import type { Submission } from './jobs/submission';
import type { ModelShelf } from './model-shelf';
import { isModelPath, sourceOf } from './open-model';
import { publishModel } from './publish';
import { type GivenItem, readItems } from './read-items';
import { limitsOf } from './run-flags';
import type { Plan, SubmitFlags } from './plan';
import { parseInputArgument } from './tensor-files';

/** Outputs of items of one shape are of one size, but text and findings vary. */
const OUTPUT_MARGIN = 2;
const TIME_MARGIN = 20;
/** What an item may take where nothing else is said, milliseconds. */
const USUAL_MS_PER_ITEM = 10_000;
const MIN_OUTPUT_BYTES = 64 * 1024;
/** What a result may have where nothing was measured. */
const UNMEASURED_OUTPUT_BYTES = 4 * 1024 ** 2;

/**
 * Prepares a job of a model and items: reads the items, measures them here, and prices them.
 *
 * @throws UsageError, InputFileError, ItemLineError, ItemError, RandomInputError, ModelNotFoundError, ItemFailedError…
 */
export async function planItems(
    target: string,
    shelf: ModelShelf,
    terms: Submission['terms'],
    flags: SubmitFlags,
    context: CommandContext,
): Promise<Plan> {
    const { terminal, signal } = context;
    const model = await paidModel(target, shelf, flags);
    terminal.progress('Reading the items…');
    const items = await givenItems(model.manifest.inputs, flags, signal);
    const encoded = items.map((item) => item.encoded);
    const measured = flags.measure ? await measureHere(model, encoded, flags, context) : undefined;
    const price =
        flags.price !== undefined || measured === undefined
            ? chosenPrice(flags.price ?? 0n, flags.take)
            : withTake(priceFromTime(measured.msPerItem, items.length, terms.coreHour), flags.take);
    const limits: Partial<JobLimits> = {
        outputBytesPerItem: outputLimit(measured, flags),
        ...timeLimit(measured, flags),
        ...(flags.maxMemory !== undefined && { memoryBytes: flags.maxMemory }),
    };
    const { name, hash } = model;
    const work = { model, items: encoded, limits, price, cap: terms.cap };
    return {
        what: {
            kind: 'items',
            model: { name, hash },
            items: items.length,
            names: namesOf(items),
        },
        steps: [{ label: '', model: { name, hash }, items: items.length, price, work }],
    };
}

async function givenItems(
    specs: readonly TensorSpec[],
    { input, items, random: count, dim }: SubmitFlags,
    signal: AbortSignal,
): Promise<GivenItem[]> {
    if (count === undefined) {
        return readItems({ inputs: (input ?? []).map(parseInputArgument), items }, specs, signal);
    }
    // Nobody can have computed them before, and so be faster than its computer is.
    const seed = randomBytes(32).toString('hex');
    const made = randomInputs({ inputs: specs, count, seed, dims: new Map(dim) });
    return made.map((encoded, at) => ({ name: String(at), encoded }));
}

async function paidModel(
    target: string,
    shelf: ModelShelf,
    { licence }: SubmitFlags,
): Promise<PaidModel> {
    if (!(await isModelPath(target))) return shelf.obtain(await shelf.find(target));
    if (licence === undefined) {
        throw new UsageError(
            `Nodes run only models whose licence is known, and ${target} says none.`,
            'Add --licence, such as --licence MIT; the author of the model says it.',
        );
    }
    return shelf.obtain(await publishModel(shelf, target, { licence }));
}

async function measureHere(
    model: PaidModel,
    encoded: readonly Uint8Array[],
    flags: SubmitFlags,
    { terminal, signal }: CommandContext,
): Promise<Measured> {
    terminal.progress(`Measuring ${model.name} here…`);
    return measure(sourceOf(model), encoded, limitsOf(flags), signal);
}

/** Slower nodes are given time, and a model that hangs is not given too much. */
function timeLimit(measured: Measured | undefined, { timeout }: SubmitFlags): Partial<JobLimits> {
    if (timeout !== undefined) return { msPerItem: timeout };
    const wanted = Math.ceil(TIME_MARGIN * (measured?.msPerItem ?? 0));
    return wanted > USUAL_MS_PER_ITEM ? { msPerItem: wanted } : {};
}

function outputLimit(measured: Measured | undefined, { maxOutput }: SubmitFlags): number {
    if (maxOutput !== undefined) return Math.min(maxOutput, MAX_ITEM_BYTES);
    const wanted =
        measured === undefined ? UNMEASURED_OUTPUT_BYTES : OUTPUT_MARGIN * measured.outputBytes;
    return Math.min(MAX_ITEM_BYTES, Math.max(MIN_OUTPUT_BYTES, wanted));
}

function withTake<P extends { readonly ceiling: bigint; readonly take: bigint }>(
    price: P,
    take: bigint | undefined,
): P {
    if (take === undefined) return price;
    if (take <= price.ceiling) return { ...price, take };
    throw new UsageError('A bid is never taken over the price.', 'Lower --take or set --price.');
}

/** Undefined where the names are the numbers. */
function namesOf(items: readonly GivenItem[]): string[] | undefined {
    const names = items.map(({ name }) => name);
    return names.every((name, at) => name === String(at)) ? undefined : names;
}
