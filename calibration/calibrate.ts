import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'onnxruntime-common';
import {
    type CalibrationEvidence,
    type ClassEvidence,
    type ComparisonRule,
    decodeOutputItem,
    hashToHex,
    inputsRoot,
    isNumeric,
    itemHash,
    tensorValues,
} from '../protocol';
import { ModelRefusedError, type ModelSource, type RuntimeLimits } from '../runtime';
import {
    BATCH_CLASS,
    type CalibrationClass,
    LOCAL_CLASSES,
    REFERENCE_CLASS,
    REPEATED_CLASS,
} from './calibration-class';
import {
    floatOutputs,
    leastDistance,
    type OutputRange,
    ruleOfRanges,
    TAU_FACTOR,
    withTau,
    type WorstDistance,
} from './choose-rule';
import { refuseDynamicQuantisation } from './dynamic-quantisation';
import { CalibrationRefusedError } from './errors';
import { executeClass, type OpenRuntime, outputBytes, type StoredOutput } from './execute-class';
import { machineInWords } from './machine';
import { type ClassResult, measureClass, type Reference } from './measure-class';
import { readSourceGraph } from './source-graph';

export interface CalibrationRequest {
    readonly source: ModelSource;
    /** Encoded inputs; at least one. The more and the more varied, the better. */
    readonly items: readonly Uint8Array[];
    /** What the inputs were made from, where they are random ones. */
    readonly seed?: string | undefined;
    /** Program and version, for the evidence. */
    readonly tool: string;
    readonly openRuntime: OpenRuntime;
    /** Classes of this machine; `LOCAL_CLASSES` unless set. */
    readonly classes?: readonly CalibrationClass[];
    /** Classes of other processors; see `emulatedClasses`. */
    readonly emulated?: readonly CalibrationClass[];
    /** How many of the inputs each of those executes, evenly over all; 16 unless set. */
    readonly emulatedInputs?: number;
    readonly limits?: Partial<RuntimeLimits>;
    readonly onProgress?: (progress: CalibrationProgress) => void;
    readonly signal?: AbortSignal;
}

/** How far a calibration is. */
export interface CalibrationProgress {
    /** Name of the class that is being executed. */
    readonly className: string;
    readonly done: number;
    readonly inputs: number;
}

/** What a calibration found. */
export interface Calibration {
    readonly rule: ComparisonRule;
    readonly evidence: CalibrationEvidence;
    /** All classes that were measured, those that do not count included. */
    readonly classes: readonly ClassResult[];
    /** Classes that could not be executed here, with a sentence each. */
    readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

/** Each takes some fifty times as long. */
const EMULATED_INPUTS = 16;

/**
 * Finds out how far apart honest results of a model are, and by that how they are compared. The
 * model is executed in the class of nodes, which has to repeat itself bit for bit, and then in each
 * class that this machine can produce.
 *
 * The rule is exact where the model has no float outputs. Else each float output gets a tolerance;
 * see `ruleOfRanges` and `withTau`. Integers, booleans and strings have to be equal in every class.
 *
 * @throws CalibrationRefusedError with the reason; ModelRefusedError, also for random operators;
 * RuntimeDiskError, the reason of the signal
 */
export async function calibrate(request: CalibrationRequest): Promise<Calibration> {
    const { source, items, emulated = [] } = request;
    if (items.length === 0) throw new RangeError('A calibration needs at least one input.');
    const model = await readSourceGraph(source);
    refuseDynamicQuantisation(model.graph);
    const floats = floatOutputs(model.wanted.outputs);
    const folder = await mkdtemp(join(tmpdir(), 'cocoon-calibrate-'));
    try {
        const outputs = await referenceOutputs(request, folder);
        const ranges = rangesOf(
            floats.map(({ name }) => name),
            outputs,
        );
        const rule = ruleOfRanges(ranges);
        const root = inputsRoot(items.map(itemHash));
        const reference = { model, source, items, outputs, rule, root };
        const found = await measureAll(reference, request);
        return conclude(reference, found, request, emulated);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

async function referenceOutputs(
    { source, items, openRuntime, limits, onProgress, signal }: CalibrationRequest,
    dir: string,
): Promise<StoredOutput[]> {
    const outputs: StoredOutput[] = [];
    const place = { dir, inlineMaxBytes: 4096 };
    const options = { openRuntime, limits, signal, outputs: place };
    let done = 0;
    for await (const outcome of executeClass(REFERENCE_CLASS, source, items, options)) {
        if ('error' in outcome) {
            const { code, message } = outcome.error;
            throw new CalibrationRefusedError(
                'item-failed',
                `input ${outcome.index} gives no result (${code}: ${message}).`,
            );
        }
        outputs[outcome.index] = outcome.output;
        done += 1;
        onProgress?.({ className: REFERENCE_CLASS.name, done, inputs: items.length });
    }
    return outputs;
}

function rangesOf(names: readonly string[], outputs: readonly StoredOutput[]): OutputRange[] {
    const ranges = names.map((name) => ({ name, largest: 0, norms: [] as number[] }));
    if (ranges.length === 0) return ranges;
    for (const [index, stored] of outputs.entries()) {
        const item = decodeOutputItem(outputBytes(stored));
        for (const range of ranges) {
            const tensor = item.get(range.name);
            if (tensor === undefined || !isNumeric(tensor)) continue;
            let squared = 0;
            for (const element of tensorValues(tensor)) {
                const size = Math.abs(Number(element));
                if (!Number.isFinite(size)) throw nonFinite(range.name, index);
                range.largest = Math.max(range.largest, size);
                squared += size * size;
            }
            range.norms.push(Math.sqrt(squared));
        }
    }
    return ranges;
}

function nonFinite(output: string, index: number): CalibrationRefusedError {
    return new CalibrationRefusedError(
        'non-finite',
        `its output ${JSON.stringify(output)} for input ${index} has NaN or infinities, and which ` +
            'elements those are hangs on rounding.',
    );
}

interface Found {
    readonly classes: readonly ClassResult[];
    readonly skipped: Calibration['skipped'];
}

async function measureAll(reference: Reference, request: CalibrationRequest): Promise<Found> {
    const { openRuntime, limits, signal, onProgress, emulated = [] } = request;
    const { classes: local = LOCAL_CLASSES, emulatedInputs = EMULATED_INPUTS } = request;
    const classes: ClassResult[] = [];
    const skipped: { name: string; why: string }[] = [];
    for (const cls of [REPEATED_CLASS, ...local, ...emulated, BATCH_CLASS]) {
        const options = {
            openRuntime,
            limits,
            signal,
            ...(cls.launcher && { chosen: spread(reference.items.length, emulatedInputs) }),
            onInput: (done: number, inputs: number) =>
                onProgress?.({ className: cls.name, done, inputs }),
        };
        const result = await measureOrSkip(cls, reference, options);
        if (result === undefined) {
            skipped.push({ name: cls.name, why: 'The model does not take several items at once.' });
        } else if (result instanceof ModelRefusedError) {
            skipped.push({ name: cls.name, why: result.message });
        } else {
            if (cls === REPEATED_CLASS && result.bitEqual < result.inputs)
                throw unrepeatable(result);
            classes.push(result);
        }
    }
    return { classes, skipped };
}

/** What an emulator cannot load says nothing of the model. */
async function measureOrSkip(
    cls: CalibrationClass,
    reference: Reference,
    options: Parameters<typeof measureClass>[2],
): Promise<ClassResult | ModelRefusedError | undefined> {
    try {
        return await measureClass(cls, reference, options);
    } catch (error) {
        if (cls.launcher !== undefined && error instanceof ModelRefusedError) return error;
        throw error;
    }
}

function unrepeatable({ inputs, bitEqual }: ClassResult): CalibrationRefusedError {
    return new CalibrationRefusedError(
        'nondeterministic',
        `executed again in the same class, ${inputs - bitEqual} of ${inputs} inputs gave other bits.`,
    );
}

function conclude(
    { rule, items, root }: Reference,
    { classes, skipped }: Found,
    { seed, tool }: CalibrationRequest,
    emulated: readonly CalibrationClass[],
): Calibration {
    const counted = classes.filter((result) => result.counts);
    const sets = counted.filter(({ name }) => emulated.some((cls) => cls.name === name));
    const least = leastDistance(items.length, sets.length);
    const worst = new Map<string, WorstDistance>();
    for (const { name: className, byOutput } of counted) {
        for (const [name, distance] of byOutput) {
            if (distance >= (worst.get(name)?.distance ?? 0))
                worst.set(name, { distance, className });
        }
    }
    const chosen = withTau(rule, worst, least);
    return {
        rule: chosen,
        evidence: {
            tool,
            engine: `onnxruntime ${env.versions.common ?? 'of an unknown version'}`,
            machine: machineInWords(),
            inputs: {
                count: items.length,
                root: hashToHex(root),
                ...(seed !== undefined && { seed }),
            },
            factor: TAU_FACTOR,
            leastDistance: least,
            worstDistance: shortened(
                Math.max(0, ...[...worst.values()].map(({ distance }) => distance)),
            ),
            classes: counted.map(
                ({ name, inputs, bitEqual, distance, sketchDistance }): ClassEvidence => ({
                    name,
                    inputs,
                    bitEqual,
                    distance: shortened(distance),
                    sketchDistance: shortened(sketchDistance),
                }),
            ),
        },
        classes,
        skipped,
    };
}

/** Three digits: the next machine measures others anyway. */
function shortened(distance: number): number {
    return Number(distance.toPrecision(3));
}

/** Places of so many of the inputs, evenly over all of them. */
function spread(inputs: number, most: number): number[] {
    const count = Math.min(inputs, most);
    return Array.from({ length: count }, (_, i) => Math.floor((i * inputs) / count));
}
