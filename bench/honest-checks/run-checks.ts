import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
    type CalibrationClass,
    distanceOverTau,
    executeClass,
    LOCAL_CLASSES,
    type OpenRuntime,
    outputBytes,
    REFERENCE_CLASS,
    roundWeights,
    WEIGHT_FORMATS,
    type WeightFormat,
} from '../../calibration';
import type { CatalogueModel } from '../../models';
import {
    decodeOutputItem,
    equalBytes,
    type Hash,
    type HashHex,
    isWithinTau,
    sha256,
    sketchOutput,
    utf8ToBytes,
} from '../../protocol';
import type { FileSlice, ModelSource } from '../../runtime';
import { decodeSketch, encodeSketch, sketchRules } from '../../wrappers';

/** One result held against the verifier's own, as a check does it. */
export interface Check {
    /** Distance of the sketches over tau; Infinity where what is compared exactly differs. */
    readonly overTau: number;
    readonly passed: boolean;
    /** Beyond 8 tau, where a jury convicts. */
    readonly convicted: boolean;
    /** The whole output had the same bits. */
    readonly bitEqual: boolean;
}

/** All checks of one kind of result, for one model. */
export interface CheckSeries {
    readonly model: string;
    /** Name of an honest class, or of a cheat. */
    readonly kind: string;
    readonly honest: boolean;
    readonly checks: readonly Check[];
}

export interface RunChecksRequest {
    readonly model: CatalogueModel;
    /** Path of the model's one file. */
    readonly path: string;
    /** Encoded inputs. */
    readonly items: readonly Uint8Array[];
    /** Inputs of them, from the first, that cheats are tried on. */
    readonly cheatInputs: number;
    /** From which the projections of each check are drawn. */
    readonly seed: string;
    /** An existing folder for outputs, which is empty afterwards. */
    readonly folder: string;
    readonly openRuntime: OpenRuntime;
    readonly onProgress: (kind: string, done: number) => void;
}

const EIGHT = { numerator: 8n, denominator: 1n };
const FABRICATED = 'the first output for all';

/**
 * Checks results of every honest class and of every cheat against the verifier's: native, one thread,
 * all optimisations, batch 1. Each check draws projections of its own, and compares sketches that
 * went through the cells that a contract gets.
 */
export async function runChecks(request: RunChecksRequest): Promise<CheckSeries[]> {
    const { model, path, items, openRuntime, folder } = request;
    const { manifest } = model;
    const source = { manifest, locate: () => path };
    const dir = join(folder, 'reference');
    mkdirSync(dir);
    const own: (Uint8Array | FileSlice)[] = [];
    const options = { openRuntime, outputs: { dir, inlineMaxBytes: 65_536 } };
    for await (const outcome of executeClass(REFERENCE_CLASS, source, items, options)) {
        if ('error' in outcome) throw new Error(`${model.name}: ${outcome.error.message}`);
        own[outcome.index] = outcome.output;
    }
    const ownOf = (index: number) => outputBytes(own[index] ?? new Uint8Array(0));
    const series: CheckSeries[] = [];
    const check = async (kind: string, honest: boolean, results: AsyncIterable<Result>) => {
        const checks: Check[] = [];
        for await (const { index, output } of results) {
            const seed = projections(`${request.seed} ${model.name} ${kind} ${index}`);
            checks.push(checked(model, output, ownOf(index), seed));
            request.onProgress(kind, checks.length);
        }
        series.push({ model: model.name, kind, honest, checks });
    };
    for (const cls of LOCAL_CLASSES) {
        await check(cls.name, true, execute(cls, source, request));
    }
    const tried = { ...request, items: items.slice(0, request.cheatInputs) };
    for (const format of WEIGHT_FORMATS) {
        const cheap = cheapSource(model, path, format, folder);
        await check(`${format} weights`, false, execute(REFERENCE_CLASS, cheap, tried));
    }
    const first = ownOf(0);
    await check(FABRICATED, false, fabricated(first, tried.items.length));
    rmSync(dir, { recursive: true });
    return series;
}

interface Result {
    readonly index: number;
    readonly output: Uint8Array;
}

async function* execute(
    cls: CalibrationClass,
    source: ModelSource,
    { model, items, openRuntime }: RunChecksRequest,
): AsyncGenerator<Result> {
    for await (const outcome of executeClass(cls, source, items, { openRuntime })) {
        if ('error' in outcome) throw new Error(`${model.name}: ${outcome.error.message}`);
        yield { index: outcome.index, output: outputBytes(outcome.output) };
    }
}

/** A node that executes one item and answers all others with its output. */
async function* fabricated(first: Uint8Array, count: number): AsyncGenerator<Result> {
    for (let index = 1; index < count; index++)
        yield await Promise.resolve({ index, output: first });
}

/** The model with cheap weights under a manifest that says so, as a cheat would load it. */
function cheapSource(
    { manifest }: CatalogueModel,
    path: string,
    format: WeightFormat,
    folder: string,
): ModelSource {
    const bytes = roundWeights(readFileSync(path), format);
    const cheap = join(folder, `${format}.onnx`);
    writeFileSync(cheap, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex') as HashHex;
    const files = manifest.files.map((file) => ({ ...file, sha256, bytes: bytes.length }));
    return { manifest: { ...manifest, files }, locate: () => cheap };
}

function checked(
    { manifest }: CatalogueModel,
    result: Uint8Array,
    own: Uint8Array,
    seed: Hash,
): Check {
    const rule = manifest.comparison;
    const rules = sketchRules(rule);
    const [theirs, mine] = [result, own].map((bytes) =>
        decodeSketch(encodeSketch(sketchOutput(rule, decodeOutputItem(bytes), seed))),
    );
    if (theirs === undefined || mine === undefined) throw new Error('There is no sketch.');
    return {
        overTau: distanceOverTau(rules, theirs, mine),
        passed: isWithinTau(rules, theirs, mine),
        convicted: !isWithinTau(rules, theirs, mine, EIGHT),
        bitEqual: equalBytes(result, own),
    };
}

function projections(text: string): Hash {
    return sha256(utf8ToBytes(text));
}
