import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Router } from 'express';
import pino from 'pino';
import { table } from '../cli/terminal/table';
import { OCR_RECOGNISER } from '../models';
import { bytesToHex, type HashHex } from '../protocol';
import type { ExecutedJob } from '../provider/execute-job';
import { createRuntime } from '../runtime';
import { resultsPath } from '../sdk';
import { blobRoutes, type BlobStore, createApp, createBlobStore, listen } from '../sdk/node';
import { BarePool } from './bare-pool';
import { cpuTimeMs } from './cpu-time';
import type { DownloadFigures, DownloadOrder } from './download-client';
import { executeWorkload } from './execute-workload';
import { median } from './median';
import { MemoryWatch } from './memory-watch';
import { type WorkloadJob, workloadJob } from './workload-job';

export interface RecogniserOptions {
    /** Items of the job. */
    readonly items: number;
    /** Child processes of one thread each, for the node and for the bare loop. */
    readonly processes: number;
    /** How often both are measured, in turns, so that a busy machine is busy for both. */
    readonly rounds: number;
}

/** Bare loops against a node: what an item takes in each round, milliseconds. */
export interface Compared {
    /** As Node.js and the system run it when nobody asks for more. */
    readonly bare: readonly number[];
    /** With the settings that a node gives its children, which make it faster. */
    readonly tuned: readonly number[];
    /** From the first execution to the root. */
    readonly node: readonly number[];
    /** How much of the bare loop the node reaches: the median of the ratios of the rounds. */
    readonly ratio: number;
    readonly ratioToTuned: number;
}

export interface RecogniserResult extends RecogniserOptions {
    /** Time on the clock. */
    readonly wallMs: Compared;
    /**
     * Processor time, all processes and threads together: it tells more than the clock where others
     * use the machine too. Undefined beside Linux.
     */
    readonly cpuMs: Compared | undefined;
    /** Resident memory of the node's process during its rounds, bytes. */
    readonly nodeMemory: { readonly before: number; readonly peak: number };
    readonly download: DownloadFigures;
}

/** The least share of the throughput of a bare loop that a node has to reach. */
export const RATIO_GOAL = 0.97;

const STORE_BYTES = 64 * 1024 ** 3;

/**
 * Measures how much of the speed of ONNX Runtime reaches a paid job with large outputs, and how
 * fast a client downloads and proves them over HTTP on this machine.
 */
export async function measureRecogniser(options: RecogniserOptions): Promise<RecogniserResult> {
    const { items, processes, rounds } = options;
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-bench-'));
    const runtime = createRuntime({ processes });
    const storeOf = (name: string) =>
        createBlobStore({ folder: join(folder, name), maxBytes: STORE_BYTES });
    const pools: BarePool[] = [];
    try {
        const blobs = storeOf('inputs');
        const job = await workloadJob('recogniser', items, blobs);
        const { manifest } = OCR_RECOGNISER;
        const path = blobs.path(manifest.files[0]?.sha256 as HashHex);
        const model = await runtime.load(
            { manifest, locate: () => path },
            { readable: [dirname(path)], folder },
        );
        const loop = { processes, modelPath: path, workload: 'recogniser', chunk: 4 } as const;
        const bare = await BarePool.start({ ...loop, tuned: false });
        const tuned = await BarePool.start({ ...loop, tuned: true });
        pools.push(bare, tuned);
        const memory = new MemoryWatch();
        const [wall, cpu] = [newTimes(), newTimes()];
        const measure = async (who: keyof Times, pids: number[], work: () => Promise<number>) => {
            const before = cpuTimeMs(pids) ?? NaN;
            wall[who].push((await work()) / items);
            cpu[who].push(((cpuTimeMs(pids) ?? NaN) - before) / items);
        };
        const runBare = () => measure('bare', bare.pids, () => bare.run(items));
        const runTuned = () => measure('tuned', tuned.pids, () => tuned.run(items));
        let outputs = storeOf('warm-up');
        const warmUp = await workloadJob('recogniser', 2 * processes, blobs);
        let run = await executeWorkload(model, warmUp, outputs, undefined);
        for (let round = 0; round < rounds; round++) {
            // Who comes first changes, since machines get warm.
            await (round % 2 === 0 ? runBare() : runTuned());
            // All stay until the end: ext4 makes files slowly for a minute after many were removed.
            outputs = storeOf(`round-${round}`);
            memory.start();
            await measure('node', [process.pid, ...model.pids], async () => {
                run = await executeWorkload(model, job, outputs, run.coreMsPerItem);
                return run.ms;
            });
            memory.stop();
            await (round % 2 === 0 ? runTuned() : runBare());
        }
        for (const pool of pools.splice(0)) await pool.stop();
        const download = await measureDownload(job, run.executed, outputs);
        return {
            ...options,
            wallMs: compared(wall),
            cpuMs: cpuTimeMs([]) === undefined ? undefined : compared(cpu),
            nodeMemory: memory.figures,
            download,
        };
    } finally {
        for (const pool of pools) await pool.stop();
        await runtime.stop();
        rmSync(folder, { recursive: true, force: true });
    }
}

/** One value for each round. */
type Times = Record<'bare' | 'tuned' | 'node', number[]>;

function newTimes(): Times {
    return { bare: [], tuned: [], node: [] };
}

function compared(times: Times): Compared {
    const ratioTo = (other: readonly number[]) =>
        median(other.map((ms, round) => ms / (times.node[round] ?? NaN)));
    return { ...times, ratio: ratioTo(times.bare), ratioToTuned: ratioTo(times.tuned) };
}

async function measureDownload(
    job: WorkloadJob,
    { document, root }: ExecutedJob,
    blobs: BlobStore,
): Promise<DownloadFigures> {
    const { escrow, jobId, spec, inputs } = job;
    const path = resultsPath(escrow, jobId).replaceAll(':', '\\:');
    const results = Router().get(path, async (_request, response) => {
        response.type('application/json').send(await blobs.read(document));
    });
    const app = createApp([results, blobRoutes({ blobs })], pino({ level: 'silent' }));
    const server = await listen(app);
    const client = fork(join(__dirname, 'download-client.js'));
    try {
        await once(client, 'message');
        const order: DownloadOrder = {
            endpoint: server.url,
            escrow: escrow.toRawString(),
            jobId,
            spec,
            inputHashes: inputs.hashes.map(bytesToHex),
            root,
        };
        client.send(order);
        const ended = once(client, 'exit').then(() => {
            throw new Error('The client ended without figures.');
        });
        const [figures] = (await Promise.race([once(client, 'message'), ended])) as unknown[];
        ended.catch(() => undefined);
        return figures as DownloadFigures;
    } finally {
        await server.close();
        if (client.connected) client.disconnect();
    }
}

/** The figures as text. */
export function renderRecogniser(result: RecogniserResult): string {
    const { items, processes, wallMs, cpuMs, nodeMemory, download } = result;
    const right = true;
    const list = (values: readonly number[]) => values.map((v) => v.toFixed(2)).join('  ');
    const rates = (values: readonly number[]) => list(values.map((ms) => 1000 / ms));
    const percent = (ratio: number) => `${(100 * ratio).toFixed(1)} %`;
    const rows = ({ bare, tuned, node, ratio, ratioToTuned }: Compared, show: typeof list) => [
        ['bare loop over onnxruntime-node', show(bare), percent(ratio)],
        ["the same with the settings of the node's children", show(tuned), percent(ratioToTuned)],
        ['node: execute, hash, store, root', show(node), ''],
    ];
    const { bytes, ms, memoryBefore, memoryPeak } = download;
    const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
    const columns = (title: string, unit: string) => [
        { title },
        { title: unit, right },
        { title: 'reached by the node', right },
    ];
    return [
        table(columns(`${items} lines, ${processes} processes`, 'items/s'), rows(wallMs, rates)),
        '',
        ...(cpuMs === undefined
            ? []
            : [table(columns('processor time of an item', 'ms'), rows(cpuMs, list)), '']),
        table(
            [{ title: 'download and verification by a client' }, { title: '', right }],
            [
                ['results proved', `${download.items} of ${items}`],
                ['bytes', megabytes(bytes)],
                ['time', `${(ms / 1000).toFixed(2)} s`],
                ['speed', `${(bytes / 1000 / ms).toFixed(0)} MB/s`],
                ['memory before, peak', `${megabytes(memoryBefore)}, ${megabytes(memoryPeak)}`],
            ],
        ),
        '',
        `  Memory of the node's own process: ${megabytes(nodeMemory.before)} before,` +
            ` ${megabytes(nodeMemory.peak)} at its peak.`,
    ].join('\n');
}
