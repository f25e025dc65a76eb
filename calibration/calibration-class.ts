import type { ExecutionClass, SessionSettings } from '../runtime';

/** A way in which an honest machine may compute a result. */
export interface CalibrationClass {
    /** For people, and in the evidence; unique. */
    readonly name: string;
    readonly executionClass: ExecutionClass;
    readonly settings?: Partial<SessionSettings>;
    /** Items that are computed together; 1, as nodes do it, unless set. */
    readonly batch?: number;
    /** What starts the processes: an emulator and its arguments. */
    readonly launcher?: readonly string[];
}

/** The class that nodes execute jobs in, and the first that jurors execute. */
export const REFERENCE_CLASS: CalibrationClass = { name: 'native', executionClass: 'native' };

/** The same once more, in other processes: it has to give the same bits. */
export const REPEATED_CLASS: CalibrationClass = { ...REFERENCE_CLASS, name: 'native, again' };

/**
 * What every machine can produce beside the reference. Threads and optimisation levels are no classes
 * of nodes: they stand for orders of rounding that other processors have.
 */
export const LOCAL_CLASSES: readonly CalibrationClass[] = [
    { name: 'wasm', executionClass: 'wasm' },
    { name: 'native, 2 threads', executionClass: 'native', settings: { threads: 2 } },
    {
        name: 'native, extended optimisation',
        executionClass: 'native',
        settings: { optimisation: 'extended' },
    },
    {
        name: 'native, basic optimisation',
        executionClass: 'native',
        settings: { optimisation: 'basic' },
    },
    {
        name: 'native, no optimisation',
        executionClass: 'native',
        settings: { optimisation: 'disabled' },
    },
];

const BATCH = 3;

/**
 * Several items at once. It is measured and shown, and does not count: what is verified is executed
 * at batch 1, by everybody.
 */
export const BATCH_CLASS: CalibrationClass = {
    name: `native, batch ${BATCH}`,
    executionClass: 'native',
    batch: BATCH,
};

/** Whether honest results of the class have to lie within tau of the reference. */
export function counts({ batch = 1 }: CalibrationClass): boolean {
    return batch === 1;
}
