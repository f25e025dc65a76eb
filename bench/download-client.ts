import { Address } from '@ton/core';
import { hashFromHex, type JobSpec } from '../protocol';
import { openResults, streamResults } from '../sdk';

/*
 * A client in a process of its own, so that its memory is its own: downloads and proves all results
 * of a job that its parent names, keeps none of them, and tells what it took.
 */

export interface DownloadOrder {
    readonly endpoint: string;
    /** Raw. */
    readonly escrow: string;
    readonly jobId: number;
    readonly spec: JobSpec;
    readonly inputHashes: readonly string[];
    readonly root: string;
}

export interface DownloadFigures {
    readonly items: number;
    readonly missing: number;
    readonly bytes: number;
    /** From the first request to the last proved item. */
    readonly ms: number;
    /** Resident memory before and at its highest, bytes. */
    readonly memoryBefore: number;
    readonly memoryPeak: number;
}

process.once('message', (order: DownloadOrder) => void work(order));
process.send?.('ready');

async function work(order: DownloadOrder): Promise<void> {
    const inputHashes = order.inputHashes.map(hashFromHex);
    const memoryBefore = process.memoryUsage.rss();
    let memoryPeak = memoryBefore;
    const watch = setInterval(() => {
        memoryPeak = Math.max(memoryPeak, process.memoryUsage.rss());
    }, 20);
    const startedAt = performance.now();
    const results = await openResults({
        ...order,
        escrow: Address.parseRaw(order.escrow),
        inputHashes,
        commit: { root: BigInt(`0x${order.root}`), faulty: 0 },
    });
    let { bytes } = results;
    const counts = { done: 0, failed: 0 };
    const stream = streamResults({
        results,
        onProgress: (progress) => (bytes = results.bytes + progress.bytes),
    });
    for await (const { status } of stream) counts[status]++;
    const ms = performance.now() - startedAt;
    clearInterval(watch);
    const figures: DownloadFigures = {
        items: counts.done,
        missing: counts.failed,
        bytes,
        ms,
        memoryBefore,
        memoryPeak,
    };
    process.send?.(figures, undefined, undefined, () => process.disconnect());
}
