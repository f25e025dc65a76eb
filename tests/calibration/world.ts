import { calibrate, CalibrationRefusedError, type CalibrationRequest } from '../../calibration';
import { bundleWorker } from '../runtime/worker-bundle';
import { createRuntime, ModelRefusedError } from '../../runtime';

/** Calibrates with the real runtime. */
export function calibrateHere(
    request: Pick<CalibrationRequest, 'source' | 'items'> & Partial<CalibrationRequest>,
) {
    const workerPath = bundleWorker();
    return calibrate({
        tool: 'test 1',
        openRuntime: (launcher) =>
            createRuntime({ processes: 1, workerPath, ...(launcher && { launcher }) }),
        ...request,
    });
}

/** Why some work was refused; undefined where it was not. */
export function reasonOf(work: () => unknown): string | undefined {
    try {
        work();
        return undefined;
    } catch (error) {
        return refusalIn(error);
    }
}

/** Why a promise was refused. */
export async function refusal(promise: Promise<unknown>): Promise<string | undefined> {
    try {
        await promise;
        return undefined;
    } catch (error) {
        return refusalIn(error);
    }
}

function refusalIn(error: unknown): string {
    if (error instanceof CalibrationRefusedError || error instanceof ModelRefusedError) {
        return error.reason;
    }
    throw error;
}
