import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from 'express';
import pino from 'pino';
import { table } from '../cli/terminal/table';
import { OCR_RECOGNISER } from '../models';
import { bytesToHex, type HashHex } from '../protocol';
import { type ExecutedJob, executeJob } from '../provider/execute-job';
import { createRuntime, type LoadedModel } from '../runtime';
import { resultsPath } from '../sdk';
import { blobRoutes, type BlobStore, createApp, createBlobStore, listen } from '../sdk/node';
import { BarePool } from './bare-pool';
import { cpuTimeMs } from './cpu-time';
import type { DownloadFigures, DownloadOrder } from './download-client';
import { type RecogniserJob, recogniserJob } from './recogniser-job';

export interface RecogniserOptions {
    /** Items of the job. */
    readonly items: number;
    /** Child processes of one thread each, for the node and for the bare loop. */
    readonly processes: number;
    /** How often both are measured, in turns, so that a busy machine is busy for both. */
    readonly rounds: number;
}

export interface RecogniserResult extends RecogniserOptions {
    /** Items a second of a bare loop, in each round. */
    readonly bare: readonly number[];
    /** Items a second of a node, from the first execution to the root, in each round. */
    readonly node: readonly number[];
    /** All rounds together: items a second of the node over those of the bare loop. */
    readonly ratio: number;
    /**
     * Processor time of an item, all processes and threads together, milliseconds: it tells more
     * than the clock where others use the machine too. Undefined beside Linux.
     */
    readonly cpuMs: { readonly bare: number; readonly node: number } | undefined;
    /** Resident memory of the node's process during its rounds, bytes. */
    readonly nodeMemory: { readonly before: number; readonly peak: number };
    readonly download: DownloadFigures;
}

/** The least share of the throughput of a bare loop that a node has to reach. */
export const RATIO_GOAL = 0.95;

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
    let bare: BarePool | undefined;
    try {
        const blobs = storeOf('inputs');
        const job = await recogniserJob(items, blobs);
        const { manifest } = OCR_RECOGNISER;
        const path = blobs.path(manifest.files[0]?.sha256 as HashHex);
        const model = await runtime.load({ manifest, locate: () => path });
        bare = await BarePool.start(processes, path);
        const memory = new MemoryWatch();
        const times = { bare: [] as number[], node: [] as number[] };
        const cpu = { bare: 0, node: 0 };
        const cores = bare;
        const runBare = async () => {
            const before = cpuTimeMs(cores.pids) ?? NaN;
            times.bare.push(await cores.run(items));
            cpu.bare += (cpuTimeMs(cores.pids) ?? NaN) - before;
        };
        let executed: ExecutedJob | undefined;
        let outputs = storeOf('warm-up');
        await runNode(model, await recogniserJob(2 * processes, blobs), outputs);
        for (let round = 0; round < rounds; round++) {
            // Who comes first changes, since machines get warm.
            if (round % 2 === 0) await runBare();
            rmSync(join(folder, `round-${round - 1}`), { recursive: true, force: true });
            outputs = storeOf(`round-${round}`);
            memory.start();
            const pids = [process.pid, ...model.pids];
            const before = cpuTimeMs(pids) ?? NaN;
            const run = await runNode(model, job, outputs);
            cpu.node += (cpuTimeMs(pids) ?? NaN) - before;
            memory.stop();
            times.node.push(run.ms);
            executed = run.executed;
            if (round % 2 === 1) await runBare();
        }
        await bare.stop();
        bare = undefined;
        if (executed === undefined) throw new RangeError('At least one round is needed.');
        const download = await measureDownload(job, executed, outputs);
        const perSecond = (ms: number) => (1000 * items) / ms;
        return {
            ...options,
            bare: times.bare.map(perSecond),
            node: times.node.map(perSecond),
            ratio: sum(times.bare) / sum(times.node),
            cpuMs: Number.isNaN(cpu.node)
                ? undefined
                : { bare: cpu.bare / items / rounds, node: cpu.node / items / rounds },
            nodeMemory: memory.figures,
            download,
        };
    } finally {
        await bare?.stop();
        await runtime.stop();
        rmSync(folder, { recursive: true, force: true });
    }
}

async function runNode(model: LoadedModel, job: RecogniserJob, blobs: BlobStore) {
    const { context, inputs } = job;
    const { signal } = new AbortController();
    const startedAt = performance.now();
    const executed = await executeJob({ context, inputs, model, blobs, signal });
    const ms = performance.now() - startedAt;
    if (executed.faulty > 0) throw new Error(`${executed.faulty} items failed.`);
    return { ms, executed };
}

async function measureDownload(
    job: RecogniserJob,
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

/** Looks at the resident memory of this process while it is started. */
class MemoryWatch {
    #timer: NodeJS.Timeout | undefined;
    #before: number | undefined;
    #peak = 0;

    start(): void {
        this.#before ??= process.memoryUsage.rss();
        const look = () => (this.#peak = Math.max(this.#peak, process.memoryUsage.rss()));
        this.#timer = setInterval(look, 50);
        look();
    }

    stop(): void {
        clearInterval(this.#timer);
    }

    get figures(): { before: number; peak: number } {
        return { before: this.#before ?? 0, peak: this.#peak };
    }
}

function sum(values: readonly number[]): number {
    return values.reduce((total, value) => total + value, 0);
}

/** The figures as text. */
export function renderRecogniser(result: RecogniserResult): string {
    const { items, processes, bare, node, ratio, cpuMs, nodeMemory, download } = result;
    const right = true;
    const rate = (values: readonly number[]) => values.map((v) => v.toFixed(2)).join('  ');
    const { bytes, ms, memoryBefore, memoryPeak } = download;
    const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
    return [
        table(
            [{ title: `${items} lines, ${processes} processes` }, { title: 'items/s', right }],
            [
                ['bare loop over onnxruntime-node', rate(bare)],
                ['node: execute, hash, store, root', rate(node)],
                ['node over bare loop', `${(100 * ratio).toFixed(1)} %`],
                ...(cpuMs === undefined
                    ? []
                    : [
                          [
                              'processor time of an item: bare loop, node',
                              `${cpuMs.bare.toFixed(2)}, ${cpuMs.node.toFixed(2)} ms`,
                          ],
                      ]),
            ],
        ),
        '',
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
