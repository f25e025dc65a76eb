import type { Address } from '@ton/core';
import type { Logger } from 'pino';
import type { HashHex } from '../protocol';
import type { BlobStore } from '../sdk/node';
import type { JobName } from './events';
import { resultBlobs } from './execute-job';
import { jobKey, type NodeState, type ServedResult } from './state';

export interface ResultShelfOptions {
    readonly state: NodeState;
    readonly blobs: BlobStore;
    /** Results are served this long after the end of their job, seconds. */
    readonly keepSeconds: number;
    readonly now: () => number;
    readonly logger: Logger;
}

/** The results that a node serves: until their jobs have ended, and a while longer. */
export interface ResultShelf {
    find(escrow: Address, jobId: number): ServedResult | undefined;
    /** Takes up again what was served when the node ended. */
    open(): Promise<void>;
    /** Serves results from now on; may be called again. */
    publish(result: Omit<ServedResult, 'keepUntil'>): Promise<void>;
    /** The job has ended: the time for which its results are kept begins. */
    end(job: JobName): void;
    /** Jobs whose results are served. */
    readonly size: number;
    /** Leaves everything as it is on disk. */
    close(): void;
}

const SWEEP_MS = 10_000;

export function createResultShelf(options: ResultShelfOptions): ResultShelf {
    const { state, blobs, keepSeconds, now, logger } = options;
    /** Pinned blobs by job. */
    const pinned = new Map<string, Promise<readonly HashHex[]>>();

    const pinAll = async (result: Omit<ServedResult, 'keepUntil'>) => {
        const { document, inputHashes, materials } = result;
        // First what says which the others are.
        const first = [...new Set([document, inputHashes, ...materials])];
        for (const sha256 of first) blobs.pin(sha256);
        const others = (await resultBlobs(document, blobs)).filter((one) => !first.includes(one));
        for (const sha256 of others) blobs.pin(sha256);
        return [...first, ...others];
    };
    const keep = async (result: Omit<ServedResult, 'keepUntil'>): Promise<void> => {
        const key = jobKey(result.escrow, result.jobId);
        let pinning = pinned.get(key);
        if (pinning === undefined) {
            pinning = pinAll(result);
            pinned.set(key, pinning);
        }
        await pinning;
    };
    const drop = async ({ escrow, jobId }: JobName): Promise<void> => {
        const key = jobKey(escrow, jobId);
        state.results.remove(escrow, jobId);
        const pins = await pinned.get(key);
        pinned.delete(key);
        for (const sha256 of pins ?? []) blobs.unpin(sha256);
    };
    const sweep = async (): Promise<void> => {
        const old = state.results.all().filter(({ keepUntil = Infinity }) => keepUntil <= now());
        for (const result of old) await drop(result);
    };
    let timer: NodeJS.Timeout | undefined;

    return {
        find: (escrow, jobId) => state.results.get(escrow, jobId),
        async open() {
            await sweep();
            for (const result of state.results.all()) await keep(result);
            timer = setInterval(() => {
                sweep().catch((error: unknown) => logger.warn({ err: error }, 'not dropped'));
            }, SWEEP_MS);
            timer.unref();
        },
        async publish(result) {
            const { escrow, jobId } = result;
            if (state.results.get(escrow, jobId) === undefined) state.results.put(result);
            await keep(result);
        },
        end({ escrow, jobId }) {
            const result = state.results.get(escrow, jobId);
            if (result === undefined || result.keepUntil !== undefined) return;
            state.results.put({ ...result, keepUntil: now() + keepSeconds * 1000 });
        },
        get size() {
            return pinned.size;
        },
        close: () => clearInterval(timer),
    };
}
