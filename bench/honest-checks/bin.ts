#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { executeClass, outputBytes, REFERENCE_CLASS } from '../../calibration';
import { CATALOGUE, type CatalogueModel } from '../../models';
import { obtainModelFiles } from '../../models/node';
import { decodeItem, decodeOutputItem, type HashHex, type Item } from '../../protocol';
import { createRuntime } from '../../runtime';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { figuresOf, renderCheats, renderHonest } from './figures';
import { distributions, histogramSvg } from './histogram';
import { itemLine } from './item-line';
import { type CheckSeries, runChecks } from './run-checks';
import { type ExecuteItems, type VariedInputs, variedInputs } from './varied-inputs';

/** Inputs of each model; with five classes, 10,200 honest checks. */
const INPUTS: Readonly<Record<string, number>> = {
    'ocr-detector': 40,
    'ocr-angle': 480,
    'ocr-recogniser': 80,
    'silero-vad': 640,
    'mel-spectrogram': 400,
    'speech-embedding': 400,
};
/** Of them at most, each cheat is tried on. */
const CHEAT_INPUTS = 100;

/** Inputs of each model that its rule is calibrated with. They are none of the checks. */
const CALIBRATION_INPUTS: Readonly<Record<string, number>> = {
    'ocr-detector': 30,
    'ocr-angle': 1500,
    'ocr-recogniser': 50,
    'silero-vad': 1500,
    'mel-spectrogram': 400,
    'speech-embedding': 400,
};
const CALIBRATION_SEED = 'calibration';

interface Flags {
    readonly share: string;
    readonly seed?: string;
    readonly only?: string;
    readonly svg?: string;
    readonly json?: string;
    readonly writeItems?: string;
}

const program = new Command('honest-checks')
    .description(
        'Checks honest results of the six models of the catalogue against one another, and cheats ' +
            'against them. Fails when an honest result does not pass.',
    )
    .option('--share <number>', 'part of the 10,200 checks to make, such as 0.1', '1')
    .option('--seed <text>', 'what inputs and projections are drawn from; a new one unless set')
    .option('--only <model>', 'check one model')
    .option('--svg <file>', 'write the distributions as a picture')
    .option('--json <file>', 'write all figures as JSON')
    .option('--write-items <folder>', 'write the inputs of the calibration, and check nothing');

async function main(): Promise<void> {
    const flags = program.parse().opts<Flags>();
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-honest-'));
    try {
        const blobs = createBlobStore({ folder: join(folder, 'models') });
        const models = CATALOGUE.filter(({ name }) => [name, undefined].includes(flags.only));
        for (const model of CATALOGUE) await obtainModelFiles(model.manifest, { target: blobs });
        const picture = join(__dirname, '..', '..', '..', 'examples', 'ocr', 'receipt.jpg');
        const inputs = await variedInputs(picture, executeNatively(blobs));
        if (flags.writeItems !== undefined) await writeItems(flags.writeItems, models, inputs);
        else await check(flags, models, inputs, { blobs, folder });
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

interface Places {
    readonly blobs: BlobStore;
    readonly folder: string;
}

async function check(
    flags: Flags,
    models: readonly CatalogueModel[],
    inputs: VariedInputs,
    { blobs, folder }: Places,
): Promise<void> {
    const seed = flags.seed ?? randomBytes(8).toString('hex');
    const started = Date.now();
    const series: CheckSeries[] = [];
    for (const model of models) {
        const { name } = model;
        const count = Math.max(2, Math.round(Number(flags.share) * (INPUTS[name] ?? 0)));
        const items = await inputs(name, count, `checks ${seed}`);
        series.push(
            ...(await runChecks({
                model,
                path: pathOf(model, blobs),
                items,
                cheatInputs: CHEAT_INPUTS,
                seed,
                folder,
                openRuntime,
                onProgress: (kind, done) => progress(`${name}, ${kind}: ${done} of ${count}`),
            })),
        );
    }
    progress('');
    const figures = series.map(figuresOf);
    const honest = figures.filter((one) => one.honest);
    const total = (of: (one: (typeof honest)[number]) => number) => {
        return honest.reduce((sum, one) => sum + of(one), 0);
    };
    const [checks, failed] = [total((one) => one.checks), total((one) => one.failed)];
    console.log(`Seed ${seed}. Distances are over tau.\n`);
    console.log(`${renderHonest(figures)}\n\n${renderCheats(figures)}\n`);
    console.log(
        `${checks} honest checks in ${Math.round((Date.now() - started) / 1000)} s, ` +
            `${failed} failed; ${total((one) => one.beyondQuarter)} lay beyond a quarter of tau.`,
    );
    const all = distributions(series);
    if (flags.svg !== undefined) writeFileSync(flags.svg, histogramSvg(all));
    if (flags.json !== undefined) {
        writeFileSync(
            flags.json,
            `${JSON.stringify({ seed, checks, failed, figures }, null, 2)}\n`,
        );
    }
    if (failed > 0) process.exitCode = 1;
}

async function writeItems(
    folder: string,
    models: readonly CatalogueModel[],
    inputs: VariedInputs,
): Promise<void> {
    mkdirSync(folder, { recursive: true });
    for (const { name } of models) {
        const file = join(folder, `${name}.jsonl`);
        const stream = createWriteStream(file);
        const count = CALIBRATION_INPUTS[name] ?? 0;
        for (const item of await inputs(name, count, CALIBRATION_SEED, false)) {
            stream.write(`${itemLine(decodeItem(item))}\n`);
        }
        stream.end();
        await finished(stream);
        console.log(file);
    }
}

const openRuntime = () => createRuntime({ processes: 1 });

function executeNatively(blobs: BlobStore): ExecuteItems {
    return async (model, items) => {
        const source = { manifest: model.manifest, locate: () => pathOf(model, blobs) };
        const outputs: Item[] = [];
        for await (const outcome of executeClass(REFERENCE_CLASS, source, items, { openRuntime })) {
            if ('error' in outcome) throw new Error(`${model.name}: ${outcome.error.message}`);
            outputs[outcome.index] = decodeOutputItem(outputBytes(outcome.output));
        }
        return outputs;
    };
}

function pathOf({ manifest }: CatalogueModel, blobs: BlobStore): string {
    return blobs.path(manifest.files[0]?.sha256 as HashHex);
}

let told = 0;

/** One line that changes, on a terminal; else one now and then. */
function progress(text: string): void {
    if (process.stderr.isTTY) {
        process.stderr.write(`\r\x1b[K${text}`);
    } else if (text !== '' && Date.now() - told > 20_000) {
        told = Date.now();
        process.stderr.write(`${text}\n`);
    }
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
