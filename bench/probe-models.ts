import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomInputs } from '../calibration';
import { table } from '../cli/terminal/table';
import { PROBE_MODELS, type ProbeModel } from '../models';
import { obtainModelFiles } from '../models/node';
import { createRuntime } from '../runtime';
import { type BlobStore, createBlobStore } from '../sdk/node';

/** What an item of a probe takes a core of this machine, beside the reference. */
export interface ProbeTime {
    readonly model: string;
    readonly referenceUs: number;
    /** The least of the rounds: whatever else runs makes it longer. */
    readonly coreUs: number;
}

const ITEMS = 32;
const ROUND_MS = 1000;

/** Measures the models that show how fast a computer is, as nodes run them, on one core. */
export async function measureProbeModels(rounds: number): Promise<ProbeTime[]> {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-bench-'));
    const blobs = createBlobStore({ folder: join(folder, 'blobs') });
    try {
        const times: ProbeTime[] = [];
        for (const probe of PROBE_MODELS) times.push(await measureProbe(probe, rounds, blobs));
        return times;
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

async function measureProbe(
    { model, referenceUs }: ProbeModel,
    rounds: number,
    blobs: BlobStore,
): Promise<ProbeTime> {
    const { manifest, name } = model;
    await obtainModelFiles(manifest, { target: blobs });
    const items = randomInputs({ inputs: manifest.inputs, count: ITEMS, seed: 'probe' });
    const runtime = createRuntime({ processes: 1 });
    try {
        const loaded = await runtime.load(
            { manifest, locate: ({ sha256 }) => blobs.path(sha256) },
            { readable: manifest.files.map(({ sha256 }) => dirname(blobs.path(sha256))) },
        );
        let least = Infinity;
        for (let round = 0; round < rounds; round++) {
            const { msPerItem } = await loaded.benchmark(items, { minDurationMs: ROUND_MS });
            least = Math.min(least, msPerItem);
        }
        return { model: name, referenceUs, coreUs: Math.round(least * 1000) };
    } finally {
        await runtime.stop();
    }
}

/** The figures as text. */
export function renderProbeModels(times: readonly ProbeTime[]): string {
    const right = true;
    return table(
        [
            { title: 'one item on one core' },
            { title: 'reference, µs', right },
            { title: 'here, µs', right },
            { title: 'a core here, reference cores', right },
        ],
        times.map(({ model, referenceUs, coreUs }) => [
            model,
            String(referenceUs),
            String(coreUs),
            (referenceUs / coreUs).toFixed(2),
        ]),
    );
}
