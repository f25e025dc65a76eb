import type { Address } from '@ton/core';
import * as z from 'zod';
import { account, count, hash, instant } from './codecs';
import { jobKey } from './job-records';
import type { Table } from './table';

export const servedResultSchema = z.object({
    escrow: account,
    jobId: count,
    root: hash,
    items: count,
    document: hash,
    inputHashes: hash,
    /** Spec, manifest, inputs and model, which whoever checks the job needs too. */
    materials: z.array(hash),
    /** When it may be dropped; undefined while its job is open. */
    keepUntil: instant.optional(),
});

/** Results that the node has to serve. */
export type ServedResult = z.output<typeof servedResultSchema>;

export interface ServedResults {
    get(escrow: Address, jobId: number): ServedResult | undefined;
    all(): ServedResult[];
    put(result: ServedResult): void;
    remove(escrow: Address, jobId: number): void;
}

export function createServedResults(table: Table<string, ServedResult>): ServedResults {
    return {
        get: (escrow, jobId) => table.get(jobKey(escrow, jobId)),
        all: () => [...table.entries()].map(({ value }) => value),
        put: (result) => table.put(jobKey(result.escrow, result.jobId), result),
        remove: (escrow, jobId) => table.remove(jobKey(escrow, jobId)),
    };
}
