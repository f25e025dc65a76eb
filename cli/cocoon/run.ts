import { Command } from 'commander';
import {
    compareOutputs,
    type ComparisonReport,
    type Item,
    isFloatDType,
    tensorValues,
    type Tensor,
} from '../../protocol';
import { configFrom } from '../config';
import { collect, type CommandContext, formatDuration, UsageError, wholeNumber } from '../terminal';
import { duration, size } from './arguments';
import { OutputsDifferError } from './errors';
import { withLocalModel } from './execute-locally';
import { openModel, type OpenModel } from './open-model';
import { encodeChecked } from './read-items';
import { limitsOf, type RunFlags } from './run-flags';
import { runOcr } from './run-ocr';
import {
    matchTensors,
    parseInputArgument,
    readInputArguments,
    readTensorFile,
    specInWords,
    tensorFilesIn,
    isFolder,
} from './tensor-files';
import { tensorToJson } from './tensor-json';
import { type OutputPlaces, outputPlaces, writeTensor } from './write-results';

/** `cocoon run`: a model executes here, isolated, for free. */
export function runModelCommand(context: CommandContext): Command {
    const command = new Command('run')
        .description('run a model on this machine, isolated and for free')
        .argument('<model>', 'an .onnx file, the name or hash of a model, or "ocr"')
        .argument('[picture]', 'for "ocr": a picture (PNG, JPEG, WebP, TIFF…)')
        .option(
            '-i, --input <[name=]file>',
            'an ONNX TensorProto file, or a folder of them',
            collect,
        )
        .option(
            '-o, --output <[name=]file>',
            'where to write outputs: a file, or a folder/',
            collect,
        )
        .option(
            '--expect <[name=]file>',
            'compare with these outputs; fails when they differ',
            collect,
        )
        .option('--angles', 'for "ocr": lines may stand upside down')
        .option('--repeat <times>', 'run it that often and print times', wholeNumber(1, 1e6), 1)
        .option('--timeout <time>', 'most time for one run, such as 30s; 60s unless set', duration)
        .option('--max-memory <size>', 'most memory, such as 2GiB; 4GiB unless set', size)
        .addHelpText(
            'after',
            `
Inputs are matched by the name inside each file, or by name=file, or by the number in
input_<number>.pb, so that the test data sets of ONNX models run as they are. Dimensions and types
are checked before anything runs.

Examples:
  $ cocoon run model.onnx --input x.pb --output y.pb
  $ cocoon run model.onnx -i image=photo.pb -i size=size.pb -o results/
  $ cocoon run model.onnx -i test_data_set_0 --expect test_data_set_0
  $ cocoon run silero-vad -i input.pb -i state.pb -i sr.pb --repeat 100
  $ cocoon run ocr page.png`,
        );
    return command.action(async (target: string, picture: string | undefined) => {
        const flags = command.optsWithGlobals<RunFlags>();
        if (target === 'ocr') return runOcr(picture, flags, context);
        if (picture !== undefined) {
            throw new UsageError(
                `${picture} is too much: only "ocr" takes a picture.`,
                'Name inputs with --input.',
            );
        }
        return runModel(target, flags, context);
    });
}

async function runModel(target: string, flags: RunFlags, context: CommandContext): Promise<void> {
    const { terminal, signal, env } = context;
    const config = configFrom(flags, env);
    const model = await openModel(target, config, context);
    const { signature } = model;
    if ((flags.input ?? []).length === 0) {
        throw new UsageError(
            `The model takes ${signature.inputs.map(specInWords).join(', ')}.`,
            'Name a file for each with --input name=file.pb.',
        );
    }
    const places = await outputPlaces(flags.output ?? [], signature.outputs);
    const given = (flags.input ?? []).map(parseInputArgument);
    const inputs = matchTensors(signature.inputs, await readInputArguments(given, signal));
    const encoded = encodeChecked(signature.inputs, inputs);
    const expected = await expectedOutputs(flags.expect ?? [], model);

    terminal.progress(`Loading ${model.name}…`);
    const { output, timesMs } = await withLocalModel(
        { source: model.source, limits: limitsOf(flags), signal },
        async (loaded) => {
            terminal.progress(`Running ${model.name}…`);
            const first = await loaded.execute(encoded);
            const times: number[] = [first.elapsedUs / 1000];
            const again = Array.from({ length: flags.repeat - 1 }, () => encoded);
            for await (const { elapsedUs } of loaded.executeAll(again)) {
                times.push(elapsedUs / 1000);
                if (times.length % 100 === 0) {
                    terminal.progress(`Run ${times.length} of ${flags.repeat}…`);
                }
            }
            return { output: first.output, timesMs: times };
        },
    );
    terminal.settle();
    for (const [name, path] of places) {
        const tensor = output.get(name);
        if (tensor !== undefined) await writeTensor(path, tensor, name);
    }
    const timing = timingOf(timesMs);
    const comparison = expected && compareOutputs(rule(expected), expected, only(output, expected));
    const text = [
        ...[...output].map(([name, tensor]) => outputInWords(name, tensor, places.get(name))),
        timingInWords(timing),
    ].join('\n');
    if (comparison !== undefined && !comparison.equal) {
        terminal.note(text);
        throw differing(comparison);
    }
    terminal.result(
        {
            model: { name: model.name, hash: model.hash },
            outputs: Object.fromEntries([...output].map(outputJson(places))),
            timing,
            ...(comparison && { expected: comparison.outputs }),
        },
        comparison === undefined ? text : `${text}\nThe outputs are the expected ones.`,
    );
}

function timingInWords({ runs, firstMs, medianMs, p95Ms, bestMs }: Timing): string {
    if (runs === 1) return `Took ${formatMs(firstMs)}.`;
    return (
        `First run ${formatMs(firstMs)}; of ${runs} runs the median ${formatMs(medianMs)}, ` +
        `95 % under ${formatMs(p95Ms)}, best ${formatMs(bestMs)}.`
    );
}

type Timing = ReturnType<typeof timingOf>;

/** The time of the first run, which is slower, and of all of them. */
function timingOf(timesMs: readonly number[]) {
    const sorted = [...timesMs].sort((a, b) => a - b);
    const at = (share: number) =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
        runs: timesMs.length,
        firstMs: timesMs[0] ?? 0,
        medianMs: at(0.5),
        p95Ms: at(0.95),
        bestMs: at(0),
    };
}

function formatMs(ms: number): string {
    return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : formatDuration(ms);
}

/** Elements that are repeated in JSON; larger outputs belong into files. */
const JSON_ELEMENTS = 1024;
const SHOWN_ELEMENTS = 6;

function outputJson(places: OutputPlaces) {
    return ([name, tensor]: readonly [string, Tensor]): readonly [string, unknown] => {
        const { dtype, dims } = tensor;
        const count = dims.reduce((product, dim) => product * dim, 1);
        const shown = count <= JSON_ELEMENTS ? tensorToJson(tensor) : { dtype, dims };
        return [name, { ...shown, file: places.get(name) }];
    };
}

function outputInWords(name: string, tensor: Tensor, file: string | undefined): string {
    const head = `${name}  ${tensor.dtype} [${tensor.dims.join(', ')}]`;
    if (file !== undefined) return `${head}  in ${file}`;
    const values = tensorValues(tensor);
    const shown = values.slice(0, SHOWN_ELEMENTS).map(String).join(', ');
    return `${head}  ${shown}${values.length > SHOWN_ELEMENTS ? ', …' : ''}`;
}

async function expectedOutputs(
    args: readonly string[],
    { signature }: OpenModel,
): Promise<Item | undefined> {
    if (args.length === 0) return undefined;
    const files = [];
    for (const { input, path } of args.map(parseInputArgument)) {
        const paths = (await isFolder(path)) ? await tensorFilesIn(path, 'output') : [path];
        for (const found of paths) files.push(await readTensorFile(found, input));
    }
    return matchTensors(signature.outputs, files, 'output');
}

/** Conformance tests of ONNX allow floats to differ by a thousandth: machines and versions do. */
function rule(expected: Item) {
    const outputs = [...expected]
        .filter(([, tensor]) => isFloatDType(tensor.dtype))
        .map(([name]) => ({ name, scale: 1, clamp: 1e30, tau: 1e-3, floor: 1e-4 }));
    return outputs.length === 0
        ? ({ class: 'exact' } as const)
        : ({ class: 'tolerance', outputs } as const);
}

/** The outputs that something is expected of. */
function only(output: Item, expected: Item): Item {
    return new Map([...output].filter(([name]) => expected.has(name)));
}

function differing({ outputs }: ComparisonReport): OutputsDifferError {
    const wrong = outputs.filter(({ equal }) => !equal);
    const list = wrong.map(({ name, mismatch, measured }) => {
        const far =
            measured === undefined ? mismatch : `${measured.distance.toExponential(1)} apart`;
        return `${JSON.stringify(name)} (${far})`;
    });
    return new OutputsDifferError(list.join(', '));
}
