import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { version } from '../../package.json';
import {
    calibrate,
    type Calibration,
    type CalibrationClass,
    emulatedClasses,
    randomInputs,
} from '../../calibration';
import type { ComparisonRule, TensorSpec } from '../../protocol';
import { createRuntime } from '../../runtime';
import { type ConfigFlags, configFrom } from '../config';
import { collect, type CommandContext, table, wholeNumber } from '../terminal';
import { type Dimension, dimensions, duration, size } from './arguments';
import { type Calibrated, type CalibratedWords, openCalibrated } from './calibrated-model';
import { readItems } from './read-items';
import { type LimitFlags, limitsOf } from './run-flags';

interface Flags extends ConfigFlags, LimitFlags, CalibratedWords {
    readonly items?: readonly string[];
    readonly inputs: number;
    readonly seed?: string;
    readonly dim?: readonly Dimension[];
    readonly emulate?: true;
    readonly emulatedInputs: number;
    readonly write?: true;
}

const RANDOM_INPUTS = 32;
const EMULATED_INPUTS = 16;
const MAX_INPUTS = 10_000;

/** `cocoon calibrate`: how the results of a model are compared, found out by executing it. */
export function calibrateCommand(context: CommandContext): Command {
    const command = new Command('calibrate')
        .description('find out how the results of a model are to be compared')
        .argument('<model>', 'a name or hash, a manifest.json, a folder, or an .onnx file')
        .option('--items <path>', 'real inputs: a folder, or JSON lines; may be repeated', collect)
        .option(
            '--inputs <number>',
            'random inputs to make, where no items are given',
            wholeNumber(1, MAX_INPUTS),
            RANDOM_INPUTS,
        )
        .option('--seed <text>', 'what random inputs are made from; a new one unless set')
        .option('--dim <name=length>', 'length of an open dimension of random inputs', dimensions)
        .option('--emulate', 'also in other instruction sets, where qemu-user is installed')
        .option(
            '--emulated-inputs <number>',
            'inputs to execute in each of those, which are some fifty times as slow',
            wholeNumber(1, MAX_INPUTS),
            EMULATED_INPUTS,
        )
        .option('--write', 'put the rule and its evidence into the manifest')
        .option('--licence <spdx>', 'licence of a folder or file, to write its manifest')
        .option('--name <name>', 'its name for people; that of the folder unless set')
        .option('--entry <path>', 'the ONNX file, where the folder has several')
        .option('--keep-output <name>', 'an output that clients want; all unless set', collect)
        .option('--timeout <time>', 'most time for one run, such as 30s; 60s unless set', duration)
        .option('--max-memory <size>', 'most memory, such as 2GiB; 4GiB unless set', size)
        .addHelpText(
            'after',
            `
The model is executed as nodes do it, once more, which has to give the same bits, and then in every
class that this machine can produce: WebAssembly, two threads, other levels of optimisation. tau is
20 times the worst distance, and at least 20 times what other processors are known to add. A model
that cannot be verified is refused with the reason: random operators, dynamic quantisation, results
that differ in more than rounding.

Real inputs are better than random ones: the distance depends on them. --write changes the hash of a
model of your own, which is its identity; open jobs keep the old one.

Examples:
  $ cocoon calibrate silero-vad --items frames.jsonl
  $ cocoon calibrate ./digits --licence MIT --items ./digit-items --write
  $ cocoon calibrate model.onnx --inputs 100 --seed first --dim batch=1
  $ cocoon calibrate ocr-angle --emulate`,
        );
    return command.action(async (target: string) => {
        await runCalibration(target, command.optsWithGlobals<Flags>(), context);
    });
}

async function runCalibration(
    target: string,
    flags: Flags,
    context: CommandContext,
): Promise<void> {
    const { terminal, signal } = context;
    const model = await openCalibrated(target, flags, configFrom(flags, context.env), context);
    const { items, seed } = await inputsOf(model.signature.inputs, flags, context);
    const calibration = await calibrate({
        source: model.source,
        items,
        seed,
        tool: `cocoon ${version}`,
        emulated: emulatedOf(flags, context),
        emulatedInputs: flags.emulatedInputs,
        openRuntime: (launcher) => createRuntime({ processes: 1, ...(launcher && { launcher }) }),
        limits: limitsOf(flags),
        signal,
        onProgress: ({ className, done, inputs }) => {
            if (terminal.interactive || done === inputs) {
                terminal.progress(`${className}: ${done} of ${inputs} inputs…`);
            }
        },
    });
    terminal.settle();
    const written = flags.write ? await model.write(calibration) : undefined;
    tell(model, calibration, written, context);
}

async function inputsOf(
    specs: readonly TensorSpec[],
    flags: Flags,
    { terminal, signal }: CommandContext,
): Promise<{ items: Uint8Array[]; seed: string | undefined }> {
    if (flags.items !== undefined) {
        const items: Uint8Array[] = [];
        for (const path of flags.items) {
            const read = await readItems({ inputs: [], items: path }, specs, signal);
            items.push(...read.map(({ encoded }) => encoded));
        }
        return { items, seed: undefined };
    }
    const seed = flags.seed ?? randomBytes(8).toString('hex');
    const dims = new Map(flags.dim);
    const items = randomInputs({ inputs: specs, count: flags.inputs, seed, dims });
    terminal.warn(
        `The inputs are random, from the seed ${seed}. Real ones, with --items, say more about the model.`,
    );
    return { items, seed };
}

function emulatedOf(flags: Flags, { terminal, env }: CommandContext): readonly CalibrationClass[] {
    if (!flags.emulate) return [];
    const classes = emulatedClasses(env);
    if (classes.length === 0) {
        terminal.warn(
            'No other instruction set is emulated: qemu-user, of which qemu-x86_64 is a part, is not ' +
                'installed.',
        );
    }
    return classes;
}

function tell(
    model: Calibrated,
    { rule, evidence, classes, skipped }: Calibration,
    written: string | undefined,
    { terminal }: CommandContext,
): void {
    const rows = classes.map(({ name, counts, inputs, bitEqual, distance, sketchDistance }) => {
        const tau = smallestTau(rule);
        return [
            counts ? name : `${name} (does not count)`,
            `${bitEqual} of ${inputs}`,
            inWords(distance),
            tau === undefined ? '-' : inWords(sketchDistance / tau),
        ];
    });
    const columns = ['class', 'bit-equal', 'worst relative L2', 'worst sketch / tau'];
    const text = [
        `${model.name}, ${evidence.inputs.count} inputs, ${evidence.engine} on ${evidence.machine}`,
        '',
        table(
            columns.map((title, at) => ({ title, right: at > 0 })),
            rows,
        ),
        ...skipped.map(({ name, why }) => `  ${name}: not measured. ${why}`),
        '',
        ...ruleInWords(rule),
        ...(rule.class === 'exact' ? [] : [whyTau(evidence)]),
        ...(written === undefined ? [] : ['', written]),
    ].join('\n');
    terminal.result(
        {
            model: { name: model.name, hash: model.hash },
            rule,
            evidence,
            classes: classes.map(({ byOutput, ...result }) => ({
                ...result,
                byOutput: Object.fromEntries(byOutput),
            })),
            skipped,
            written: written !== undefined,
        },
        text,
    );
}

function ruleInWords(rule: ComparisonRule): string[] {
    if (rule.class === 'exact') return ['Compared byte for byte: it has no float outputs.'];
    return rule.outputs.map(({ name, tau, floor, clamp }) => {
        return `${JSON.stringify(name)} is compared with tau ${tau}, floor ${floor}, clamp ${clamp}.`;
    });
}

function whyTau({ factor, worstDistance, leastDistance }: Calibration['evidence']): string {
    const worst = worstDistance.toExponential(1);
    const least = leastDistance.toExponential(1);
    return worstDistance > leastDistance
        ? `tau is ${factor} times the worst distance, ${worst}.`
        : `tau is ${factor} times ${least}: the worst distance here was ${worst}, and other ` +
              'processors may add more.';
}

function smallestTau(rule: ComparisonRule): number | undefined {
    return rule.class === 'exact' ? undefined : Math.min(...rule.outputs.map(({ tau }) => tau));
}

function inWords(value: number): string {
    if (value === 0) return '0';
    return Number.isFinite(value) ? value.toExponential(1) : 'differs';
}
