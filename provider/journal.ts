import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync } from 'node:fs';
import { writeSync } from 'node:fs';
import { Address } from '@ton/core';
import * as z from 'zod';
import { isHashHex, type HashHex } from '../protocol';
import { RootConflictError } from './errors';

/** What a node must not forget about a job. */
export interface JobRecord {
    readonly escrow: Address;
    readonly client: Address;
    readonly index: number;
    readonly jobId: number;
    /** Bids so far. */
    readonly bids: number;
    /** Gave the job back, and does not bid for it again. */
    readonly declined?: boolean | undefined;
    /** What the node signed, or is about to sign. */
    readonly result?: SignedResult | undefined;
    /** The job needs nothing any more. */
    readonly done?: boolean | undefined;
}

/** A result that was committed to. */
export interface SignedResult {
    readonly root: HashHex;
    readonly faulty: number;
    /** Hash of the result document, a blob. */
    readonly document: HashHex;
}

export interface Journal {
    get(escrow: Address, jobId: number): JobRecord | undefined;
    /** Jobs that were not done when the node ended. */
    open(): JobRecord[];
    /**
     * Keeps a record; it is on disk when this returns.
     *
     * @throws RootConflictError for another root than the one that was kept
     */
    put(record: JobRecord): void;
    close(): void;
}

const hash = z.custom<HashHex>((text) => typeof text === 'string' && isHashHex(text));
const address = z.string().transform((text) => Address.parseRaw(text));

const line = z.object({
    escrow: address,
    client: address,
    index: z.number().int(),
    jobId: z.number().int(),
    bids: z.number().int(),
    declined: z.boolean().optional(),
    result: z.object({ root: hash, faulty: z.number().int(), document: hash }).optional(),
    done: z.boolean().optional(),
});

/** Names a job in logs and maps. */
export function jobKey(escrow: Address, jobId: number): string {
    return `${escrow.toRawString()}/${jobId}`;
}

/**
 * Opens the journal of a node: a file of JSON lines, the last one of a job counts. Without a path
 * it lasts as long as the process.
 *
 * @throws Error when the file cannot be read or written
 */
export function openJournal(path?: string): Journal {
    const records = new Map<string, JobRecord>();
    const keep = (record: JobRecord) => records.set(jobKey(record.escrow, record.jobId), record);
    let file: number | undefined;
    if (path !== undefined) {
        for (const record of readRecords(path)) keep(record);
        // A finished job's id never comes again, so nothing more can be signed for it.
        for (const [key, { done }] of records) if (done) records.delete(key);
        const fresh = `${path}.new`;
        file = openSync(fresh, 'w', 0o600);
        for (const record of records.values()) writeSync(file, encode(record));
        fsyncSync(file);
        renameSync(fresh, path);
    }
    return {
        get: (escrow, jobId) => records.get(jobKey(escrow, jobId)),
        open: () => [...records.values()].filter(({ done }) => !done),
        put: (record) => {
            const key = jobKey(record.escrow, record.jobId);
            const signed = records.get(key)?.result;
            if (signed !== undefined && record.result?.root !== signed.root) {
                throw new RootConflictError(key);
            }
            if (file !== undefined) {
                writeSync(file, encode(record));
                fsyncSync(file);
            }
            keep(record);
        },
        close: () => {
            if (file !== undefined) closeSync(file);
            file = undefined;
        },
    };
}

function readRecords(path: string): JobRecord[] {
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.flatMap((text, at) => {
        // The process may have ended in the middle of its last line, which nobody relied on.
        if (text === '' || at === lines.length - 1) return [];
        return [line.parse(JSON.parse(text))];
    });
}

function encode(record: JobRecord): string {
    const { escrow, client } = record;
    return `${JSON.stringify({
        ...record,
        escrow: escrow.toRawString(),
        client: client.toRawString(),
    })}\n`;
}
