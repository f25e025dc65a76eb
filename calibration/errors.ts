import { CocoonError, MAX_TAU, MAX_TOLERANCE_OUTPUTS } from '../protocol';

/** Why results of a model cannot be verified by executing it again. */
export type CalibrationRefusal =
    /** Scales of the quantisation depend on the input. */
    | 'dynamic-quantisation'
    /** Executed again in the same class, it gives other bits. */
    | 'nondeterministic'
    /** An input gave no result in some class. */
    | 'item-failed'
    /** A float output has NaN or infinities. */
    | 'non-finite'
    /** A float output is zero for all inputs. */
    | 'no-signal'
    /** Classes give other dimensions for the same input. */
    | 'shape-unstable'
    /** Classes give other integers, booleans or strings for the same input. */
    | 'exact-differs'
    /** Honest results are too far apart. */
    | 'tau-too-large'
    /** More float outputs than a rule can hold. */
    | 'too-many-outputs';

const HINTS: Record<CalibrationRefusal, string> = {
    'dynamic-quantisation':
        'Quantise it statically with 7-bit weights, or use the model before quantisation.',
    nondeterministic: 'Find the operator whose result depends on time or memory, and replace it.',
    'item-failed': 'Give inputs that the model accepts with --items, or raise the limits.',
    'non-finite':
        'Give inputs that make sense for the model with --items, or keep such outputs out.',
    'no-signal': 'Give inputs that make sense for the model with --items, or keep the output out.',
    'shape-unstable': 'Leave the part out whose length depends on a threshold.',
    'exact-differs':
        'Leave outputs that round or compare floats out with --keep-output; clients can compute them.',
    'tau-too-large':
        `Nodes accept a tau of ${MAX_TAU}. Real inputs instead of random ones may help, else ` +
        'the model has to be exported with less that amplifies rounding.',
    'too-many-outputs': `Keep at most ${MAX_TOLERANCE_OUTPUTS} float outputs with --keep-output.`,
};

/** A model that gets no comparison rule, since no honest node could rely on it. */
export class CalibrationRefusedError extends CocoonError {
    override readonly name = 'CalibrationRefusedError';
    readonly code = 'CALIBRATION_REFUSED';

    constructor(
        readonly reason: CalibrationRefusal,
        message: string,
        cause?: unknown,
    ) {
        super(`The model cannot be verified: ${message}`, { hint: HINTS[reason], cause });
    }
}

/** Random inputs that cannot be made. */
export class RandomInputError extends CocoonError {
    override readonly name = 'RandomInputError';
    readonly code = 'RANDOM_INPUT_SHAPE';

    constructor(message: string, hint: string) {
        super(message, { hint });
    }
}
