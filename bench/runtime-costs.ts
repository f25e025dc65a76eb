import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { table } from '../cli/terminal/table';
import { encodeItem, hashToHex, type ModelManifest, sha256 } from '../protocol';
import { createRuntime, type LoadedModel } from '../runtime';
import { createBlobStore, type BlobStore } from '../sdk/node';
import { BarePool } from './bare-pool';
import { executeWorkload } from './execute-workload';
import { median } from './median';
import { MemoryWatch } from './memory-watch';
import { initializer, model as onnxModel, node, value } from './onnx-builder';
import { workloadJob } from './workload-job';
import { obtainWorkload, type Workload, WORKLOADS } from './workloads';

export interface RuntimeCostsOptions {
    readonly processes: number;
    /** How often each batch is measured. */
    readonly rounds: number;
}

type Batch = RuntimeCosts['batches'][number];

/** What the isolation of models and the proofs cost beside ONNX Runtime by itself. */
export interface RuntimeCosts extends RuntimeCostsOptions {
    /** Milliseconds an item in each round. */
    readonly batches: readonly {
        readonly workload: Workload;
        readonly items: number;
        readonly goal: number;
        readonly bare: readonly number[];
        readonly node: readonly number[];
        /** Median of the ratios of the rounds. */
        readonly ratio: number;
        /** Resident memory of the node's process, bytes. */
        readonly memory: { readonly before: number; readonly peak: number };
    }[];
    /** One item through a model that waits for it, medians in milliseconds. */
    readonly warm: readonly {
        readonly workload: Workload;
        readonly inChild: number;
        readonly added: number;
    }[];
    /** Verified, admitted, loaded by its children and warm; medians. */
    readonly cold: { readonly bytes: number; readonly ms: number };
}

const BATCHES = [
    { workload: 'voice', items: 10_000, goal: 0.8 },
    { workload: 'classifier', items: 400, goal: 0.97 },
    { workload: 'detector', items: 300, goal: 0.97 },
] as const;
export const ADDED_GOAL_MS = 5;
export const COLD_GOAL_MS = 3000;
/** 50 MB of weights. */
const [ROWS, COLUMNS] = [12_500, 1000] as const;
const OUTPUT_BYTES = 4 * 1024 ** 3;
/** So many that what both run is compiled, as in children that serve one job after the other. */
const WARM_UP_ROUNDS = 5;
const WARM_RUNS = 60;
const COLD_RUNS = 5;
const CHUNK = 64;

/** Measures what a node adds to ONNX Runtime where items are small, few, or the model is new. */
export async function measureRuntimeCosts(options: RuntimeCostsOptions): Promise<RuntimeCosts> {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-bench-'));
    const blobs = createBlobStore({ folder: join(folder, 'blobs') });
    try {
        const batches: RuntimeCosts['batches'][number][] = [];
        for (const batch of BATCHES) {
            batches.push(await measureBatch(batch, options, blobs, join(folder, batch.workload)));
        }
        return {
            ...options,
            batches,
            warm: [await measureWarm('voice', blobs), await measureWarm('recogniser', blobs)],
            cold: await measureCold(options.processes, blobs),
        };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

async function withModel<T>(
    { manifest }: { readonly manifest: ModelManifest },
    processes: number,
    blobs: BlobStore,
    use: (model: LoadedModel) => Promise<T>,
): Promise<T> {
    const runtime = createRuntime({ processes });
    try {
        return await use(
            await runtime.load(
                { manifest, locate: ({ sha256 }) => blobs.path(sha256) },
                { readable: [dirname(blobs.path(hashOf(manifest)))] },
            ),
        );
    } finally {
        await runtime.stop();
    }
}

async function measureBatch(
    { workload, items, goal }: (typeof BATCHES)[number],
    { processes, rounds }: RuntimeCostsOptions,
    blobs: BlobStore,
    folder: string,
): Promise<RuntimeCosts['batches'][number]> {
    const { model } = WORKLOADS[workload];
    await obtainWorkload(workload, blobs);
    const job = await workloadJob(workload, items, blobs);
    const modelPath = blobs.path(hashOf(model.manifest));
    return withModel(model, processes, blobs, async (loaded) => {
        const loop = {
            processes,
            modelPath,
            workload,
            tuned: false,
            chunk: Math.min(CHUNK, Math.ceil(items / CHUNK)),
        };
        const pool = await BarePool.start(loop);
        const memory = new MemoryWatch();
        const [bare, ours]: [number[], number[]] = [[], []];
        try {
            // Each round's outputs are new to their store, as those of a job are.
            const outputs = (name: string) =>
                createBlobStore({ folder: join(folder, name), maxBytes: OUTPUT_BYTES });
            let run = await executeWorkload(loaded, job, outputs('warm-up'), undefined);
            for (let round = 1; round < WARM_UP_ROUNDS; round++) {
                await pool.run(items);
                const store = outputs(`warm-up-${round}`);
                run = await executeWorkload(loaded, job, store, run.coreMsPerItem);
            }
            for (let round = 0; round < rounds; round++) {
                const store = outputs(`round-${round}`);
                const measureBare = async () => bare.push((await pool.run(items)) / items);
                if (round % 2 === 0) await measureBare();
                memory.start();
                run = await executeWorkload(loaded, job, store, run.coreMsPerItem);
                memory.stop();
                ours.push(run.ms / items);
                if (round % 2 === 1) await measureBare();
            }
        } finally {
            await pool.stop();
        }
        const ratio = median(bare.map((ms, round) => ms / (ours[round] ?? NaN)));
        return { workload, items, goal, bare, node: ours, ratio, memory: memory.figures };
    });
}

/** What the clock says of one item, less what its execution in the child took. */
async function measureWarm(
    workload: Workload,
    blobs: BlobStore,
): Promise<RuntimeCosts['warm'][number]> {
    const { model, items } = WORKLOADS[workload];
    await obtainWorkload(workload, blobs);
    const inputs = [...items(WARM_RUNS)].map(encodeItem);
    return withModel(model, 1, blobs, async (loaded) => {
        const inChild: number[] = [];
        const added: number[] = [];
        for (const input of inputs) {
            const startedAt = performance.now();
            for await (const outcome of loaded.run([input])) {
                if (outcome.status !== 'done') throw new Error(`The item is ${outcome.status}.`);
                inChild.push(outcome.elapsedUs / 1000);
            }
            added.push(performance.now() - startedAt - (inChild.at(-1) ?? NaN));
        }
        return { workload, inChild: median(inChild), added: median(added) };
    });
}

async function measureCold(processes: number, blobs: BlobStore): Promise<RuntimeCosts['cold']> {
    const bytes = largeModel();
    await blobs.write(bytes);
    const file = { path: 'model.onnx', sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
    const manifest: ModelManifest = {
        format: 'cocoon.model/1',
        name: 'one large layer',
        revision: '1',
        licence: 'Apache-2.0',
        files: [{ ...file, sources: [] }],
        entry: file.path,
        inputs: [{ name: 'x', dtype: 'float32', shape: [1, ROWS] }],
        outputs: [{ name: 'y', dtype: 'float32', shape: [1, COLUMNS] }],
        comparison: {
            class: 'tolerance',
            outputs: [{ name: 'y', scale: 1, clamp: 1000, tau: 1e-4, floor: 1e-3 }],
        },
    };
    const times: number[] = [];
    for (let run = 0; run < COLD_RUNS; run++) {
        const startedAt = performance.now();
        await withModel({ manifest }, processes, blobs, async () => {
            times.push(performance.now() - startedAt);
            await Promise.resolve();
        });
    }
    return { bytes: bytes.length, ms: median(times) };
}

/** `y = x W` with random weights, which nothing can make smaller. */
function largeModel(): Uint8Array {
    const weights = new Float32Array(ROWS * COLUMNS);
    const random = new Int32Array(randomBytes(weights.byteLength).buffer);
    for (let i = 0; i < weights.length; i++) weights[i] = (random[i] ?? 0) / 2 ** 31;
    const raw = new Uint8Array(weights.buffer);
    return onnxModel({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        inputs: [value('x', 'float32', [1, ROWS])],
        outputs: [value('y', 'float32', [1, COLUMNS])],
        initializers: [initializer({ name: 'w', type: 'float32', dims: [ROWS, COLUMNS], raw })],
    });
}

function hashOf({ files }: ModelManifest) {
    const [file] = files;
    if (file === undefined) throw new Error('The model has no file.');
    return file.sha256;
}

/** The figures as text. */
export function renderRuntimeCosts({ processes, batches, warm, cold }: RuntimeCosts): string {
    const right = true;
    const rates = (values: readonly number[]) =>
        values.map((ms) => (1000 / ms).toFixed(0)).join('  ');
    const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
    const ofBatch = ({ workload, items, goal, bare, node, ratio, memory }: Batch) =>
        table(
            [
                { title: `${items} items of the ${workload} model, ${processes} processes` },
                { title: 'items/s', right },
            ],
            [
                ['bare loop over onnxruntime-node', rates(bare)],
                ['node: execute, hash, store, root', rates(node)],
                [`reached by the node (goal ${100 * goal} %)`, `${(100 * ratio).toFixed(1)} %`],
                [
                    "memory of the node's process before, peak",
                    `${megabytes(memory.before)}, ${megabytes(memory.peak)}`,
                ],
            ],
        );
    return [
        ...batches.flatMap((batch) => [ofBatch(batch), '']),
        table(
            [
                { title: 'one item, the model warm' },
                { title: 'in the child, ms', right },
                { title: `added (goal ${ADDED_GOAL_MS})`, right },
            ],
            warm.map(({ workload, inChild, added }) => [
                workload,
                inChild.toFixed(2),
                added.toFixed(2),
            ]),
        ),
        '',
        `  A model of ${megabytes(cold.bytes)} is verified, loaded and warm after ${(cold.ms / 1000).toFixed(2)} s` +
            ` (goal ${COLD_GOAL_MS / 1000} s).`,
    ].join('\n');
}
