import * as z from 'zod';
import type { HashHex } from './hash';
import { MAX_JOB_ITEMS } from './limits';
import { areUnique, hashHexSchema, shownText, wholeNumber } from './schema';

/** How results of one execution class lay beside those of the class that nodes execute jobs in. */
export interface ClassEvidence {
    /** What the class is, in words, such as `wasm` or `native, 2 threads`. */
    readonly name: string;
    /** Inputs that were executed in it. */
    readonly inputs: number;
    /** Inputs of which all outputs had the same bits. */
    readonly bitEqual: number;
    /** Worst relative L2 distance of an output, under the scale, clamp and floor of the rule. */
    readonly distance: number;
    /** Worst distance of two sketches of an output, as a contract computes it, before tau. */
    readonly sketchDistance: number;
}

/**
 * What a comparison rule was found by, for whoever wants to find it again. It binds nobody: the rule
 * counts as it stands.
 */
export interface CalibrationEvidence {
    /** Program and version. */
    readonly tool: string;
    /** Version of ONNX Runtime, the same in all classes. */
    readonly engine: string;
    /** Architecture and instruction set of the machine. */
    readonly machine: string;
    readonly inputs: {
        readonly count: number;
        /** Merkle root of the inputs' hashes; see `inputsRoot`. */
        readonly root: HashHex;
        /** What the inputs were made from, where they are random ones. */
        readonly seed?: string;
    };
    /** tau is this many times the worst distance. */
    readonly factor: number;
    /** What counts as the worst distance where all that were measured are smaller. */
    readonly leastDistance: number;
    /** Worst distance of all classes and outputs. */
    readonly worstDistance: number;
    readonly classes: readonly ClassEvidence[];
}

/** Classes that evidence may name. */
const MAX_CLASSES = 32;
const MAX_FACTOR = 1000;

/** A relative distance of results that still have something to do with each other. */
const distance = z.number().min(0).max(1);

export const calibrationEvidenceSchema: z.ZodType<CalibrationEvidence> = z.strictObject({
    tool: shownText(64),
    engine: shownText(64),
    machine: shownText(128),
    inputs: z.strictObject({
        count: wholeNumber(1, MAX_JOB_ITEMS),
        root: hashHexSchema,
        seed: shownText(64).exactOptional(),
    }),
    factor: z.number().min(1).max(MAX_FACTOR),
    leastDistance: distance,
    worstDistance: distance,
    classes: z
        .array(
            z
                .strictObject({
                    name: shownText(64),
                    inputs: wholeNumber(1, MAX_JOB_ITEMS),
                    bitEqual: wholeNumber(0, MAX_JOB_ITEMS),
                    distance,
                    sketchDistance: distance,
                })
                .refine(({ inputs, bitEqual }) => bitEqual <= inputs, 'has more equal than inputs'),
        )
        .min(1)
        .max(MAX_CLASSES)
        .refine((classes) => areUnique(classes, ({ name }) => name), 'names a class twice'),
});
