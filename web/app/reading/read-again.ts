import { isFoundWrong } from './outcomes';
import type { Reading, ReadingStepRecord } from './reading';

/** Whether a check found a result wrong that the text was made of. */
export function hasWrong({ steps }: Reading): boolean {
    return Object.values(steps).some(isWrong);
}

/**
 * A reading without what was found wrong, and without what was made of that: it goes on from the last
 * right result, which is paid. Jobs that were found wrong stand among the failed ones.
 *
 * @returns it, and the steps whose jobs are to be forgotten
 */
export function withoutWrong(reading: Reading): { reading: Reading; dropped: readonly string[] } {
    const { id, name, picture, createdAt } = reading;
    const all = Object.entries(reading.steps);
    const first = all.findIndex(([, record]) => isWrong(record));
    if (first === -1) return { reading, dropped: [] };
    const steps = all.map(([step, record], index) =>
        index < first
            ? ([step, record] as const)
            : ([step, { failures: failuresOf(record) }] as const),
    );
    return {
        reading: { id, name, picture, createdAt, steps: Object.fromEntries(steps) },
        dropped: all.slice(first).map(([step]) => step),
    };
}

/**
 * What came out of the steps is needed until nothing can be found wrong any more.
 *
 * @returns the steps without it, once that is so
 */
export function trimmed(steps: Reading['steps']): Reading['steps'] {
    const all = Object.entries(steps);
    const settled = all.every(([, { receipt }]) => receipt?.ending !== undefined);
    if (!settled || all.some(([, record]) => isWrong(record))) return steps;
    return Object.fromEntries(
        all.map(([step, { outcomes: _outcomes, ...record }]) => [step, record]),
    );
}

function isWrong({ receipt }: ReadingStepRecord): boolean {
    return receipt?.ending !== undefined && isFoundWrong(receipt.ending.outcome);
}

function failuresOf(record: ReadingStepRecord): ReadingStepRecord['failures'] {
    const { failures, receipt } = record;
    if (receipt?.ending === undefined || !isWrong(record)) return failures;
    const { jobId, ending } = receipt;
    return [...failures, { jobId, outcome: ending.outcome, refund: ending.refund }];
}
