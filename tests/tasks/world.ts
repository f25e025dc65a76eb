import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { obtainModelFiles } from '../../models/node';
import { decodeOutputItem, encodeItem } from '../../protocol';
import { createRuntime, type LoadedModel, type Runtime } from '../../runtime';
import { createBlobStore } from '../../sdk/node';
import type { Execute, Picture, TaskJob, TaskOutcome } from '../../tasks';
import { decodePicture } from '../../tasks/node';
import { collect } from '../runtime/world';
import { bundleWorker } from '../runtime/worker-bundle';

const EXAMPLE = join(__dirname, '..', '..', 'examples', 'ocr');

/** The example picture as a file, and what it says. */
export async function receipt(): Promise<{ file: Buffer; picture: Picture; text: string }> {
    const file = await readFile(join(EXAMPLE, 'receipt.jpg'));
    const text = await readFile(join(EXAMPLE, 'receipt.txt'), 'utf8');
    return { file, picture: await decodePicture(file), text: text.trimEnd() };
}

/** Executes jobs with the real runtime and the real models; models stay warm until `stop`. */
export function createLocalExecutor() {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-tasks-'));
    const blobs = createBlobStore({ folder });
    const runtime: Runtime = createRuntime({ processes: 2, workerPath: bundleWorker() });
    const warm = new Map<string, Promise<LoadedModel>>();
    const jobs: TaskJob[] = [];

    const load = async ({ model, limits }: TaskJob): Promise<LoadedModel> => {
        const { manifest } = model;
        await obtainModelFiles(manifest, { target: blobs });
        const { memoryBytes } = limits;
        return runtime.load(
            { manifest, locate: ({ sha256 }) => blobs.path(sha256) },
            { limits: memoryBytes === undefined ? {} : { maxMemoryBytes: memoryBytes } },
        );
    };
    const execute: Execute = async (job) => {
        jobs.push(job);
        const { hash } = job.model;
        const loading = warm.get(hash) ?? load(job);
        warm.set(hash, loading);
        const model = await loading;
        const { outputBytesPerItem = 0 } = job.limits;
        const outcomes = await collect(model.run(job.items.map(encodeItem)));
        return outcomes.map((outcome): TaskOutcome => {
            const { index } = outcome;
            if (outcome.status !== 'done') return { status: 'failed', index, name: 'FAILED' };
            // The task has said how much it takes; a node holds it to that.
            if (outcome.output.length > outputBytesPerItem) {
                return { status: 'failed', index, name: 'OUTPUT_TOO_LARGE' };
            }
            return { status: 'done', index, output: decodeOutputItem(outcome.output) };
        });
    };
    return {
        execute,
        /** The jobs that were executed, in order. */
        jobs,
        async stop(): Promise<void> {
            await runtime.stop();
            rmSync(folder, { recursive: true });
        },
    };
}

/** Letters to insert, delete or replace, for each letter of the text that was expected. */
export function errorRate(expected: string, actual: string): number {
    let row = Array.from({ length: actual.length + 1 }, (_, i) => i);
    for (let i = 1; i <= expected.length; i++) {
        const next = [i];
        for (let j = 1; j <= actual.length; j++) {
            const swap = (row[j - 1] ?? 0) + (expected[i - 1] === actual[j - 1] ? 0 : 1);
            next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
        }
        row = next;
    }
    return (row.at(-1) ?? 0) / expected.length;
}
