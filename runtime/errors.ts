import { CocoonError } from '../protocol';

/** Why a model is not run on this machine. */
export type RefusalReason =
    /** The bytes are not an ONNX model, or say one thing twice. */
    | 'malformed'
    /** A file of the model is not on this machine. */
    | 'file-missing'
    /** A file is not the one that the manifest names. */
    | 'hash-mismatch'
    /** The model reads a file that was not listed. */
    | 'external-data'
    /** An operator that the standard has not, a function of the model's own, or its training. */
    | 'operator'
    /** An operator whose result cannot be repeated. */
    | 'random'
    /** A loop that nothing ends. */
    | 'endless'
    /** A tensor type that cannot be carried. */
    | 'dtype'
    /** A dimension that is zero, negative or too large. */
    | 'shape'
    /** Its inputs or outputs are not those that the manifest says. */
    | 'signature'
    /** Too many nodes, too deeply nested, or tensors of more memory than it may take. */
    | 'too-large'
    /** ONNX Runtime does not accept it. */
    | 'load-failed'
    /** The process that loaded it died. */
    | 'load-crashed'
    /** It did not load within its limit of time. */
    | 'load-time'
    /** It did not load within its limit of memory. */
    | 'load-memory';

const HINTS: Record<RefusalReason, string> = {
    malformed: 'Export the model again and check it with onnx.checker.',
    'file-missing': 'Fetch all files that the manifest lists first.',
    'hash-mismatch': 'Fetch the file again from a source that the manifest lists.',
    'external-data': 'List the external data files, with their hashes, in the manifest.',
    operator: 'Export with standard operators only (ai.onnx, ai.onnx.ml), functions inlined.',
    random: 'Remove the random operator, or make its result an input.',
    endless: 'Give the Loop a number of trips or a condition.',
    dtype: 'Cast this tensor inside the model to a type that items can carry.',
    shape: 'Give every dimension a positive size, or a symbol; onnx.shape_inference helps.',
    signature: 'Write the manifest from describeModel, and only fix dimensions in it.',
    'too-large': 'Simplify the model, or raise the limit on every node that should run it.',
    'load-failed': 'Check that the model runs with the ONNX Runtime version of this node.',
    'load-crashed': 'Check that the model runs with the ONNX Runtime version of this node.',
    'load-time': 'Simplify the model, or raise loadTimeoutMs.',
    'load-memory': 'Use a smaller model, or raise maxMemoryBytes.',
};

/** A model that this machine does not load. */
export class ModelRefusedError extends CocoonError {
    override readonly name = 'ModelRefusedError';
    readonly code = 'MODEL_REFUSED';

    constructor(
        readonly reason: RefusalReason,
        message: string,
        cause?: unknown,
    ) {
        super(message, { hint: HINTS[reason], cause });
    }
}

/** The runtime, or this model of it, was stopped while work was waiting. */
export class RuntimeStoppedError extends CocoonError {
    override readonly name = 'RuntimeStoppedError';
    readonly code = 'RUNTIME_STOPPED';

    constructor() {
        super('The runtime was stopped.', {
            hint: 'Create a new runtime and run the items without an outcome again.',
        });
    }
}

/** A child could not read an item or write an output, for which no item is to blame. */
export class RuntimeDiskError extends CocoonError {
    override readonly name = 'RuntimeDiskError';
    readonly code = 'RUNTIME_DISK';

    constructor(readonly detail: string) {
        super(`The runtime cannot use the disk: ${detail}`, {
            hint: 'Check free space and rights of the folder of the blobs, then run the job again.',
        });
    }
}

/** The program that executes models is not where it was expected. */
export class WorkerMissingError extends CocoonError {
    override readonly name = 'WorkerMissingError';
    readonly code = 'WORKER_MISSING';

    constructor(readonly workerPath: string) {
        super('The compiled runtime worker was not found.', {
            hint: 'Run the build first, or pass workerPath.',
        });
    }
}
