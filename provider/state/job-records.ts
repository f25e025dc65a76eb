import type { Address } from '@ton/core';
import * as z from 'zod';
import { RootConflictError } from '../errors';
import { account, amount, bytes, count, hash, instant } from './codecs';
import type { Table } from './table';

const resultSchema = z.object({
    root: hash,
    faulty: count,
    /** Hash of the result document, a blob. */
    document: hash,
    /** Hash of the blob of all inputs' hashes, 32 bytes each, in order. */
    inputHashes: hash,
});

/** A seal that was answered with an opening: of each claim the first, and no other. */
const sealSchema = z.object({
    round: count,
    ticket: amount,
    seal: amount,
    /** Of the claim. */
    publicKey: bytes,
    /** Of the verifier, over a `Seal`. */
    signature: bytes,
});

export const jobRecordSchema = z.object({
    escrow: account,
    client: account,
    index: count,
    jobId: count,
    /** When this node first saw it; names its entry of the ledger. */
    seenAt: instant,
    /** UNIX time of the chain in seconds. */
    listedAt: count.optional(),
    /** Bids so far. */
    bids: count,
    /** The Escrow's last transaction before the first bid: what came later may be about it. */
    since: z.object({ lt: amount, hash: z.string() }).optional(),
    /** `termsHash` of the terms that were bid for: whoever tells others later, lies. */
    terms: hash.optional(),
    items: count.optional(),
    /** Share of the Market in what is paid, basis points. */
    protocolFee: count.optional(),
    /** Gave the job back, and does not bid for it again. */
    declined: z.boolean().optional(),
    /** What the node signed, or is about to sign. */
    result: resultSchema.optional(),
    /** Seals of verifiers, as they were given off chain. */
    seals: z.array(sealSchema).optional(),
    /** Nothing is to be done, unless the job is listed again. */
    idleSince: instant.optional(),
});

/** A result that was committed to. */
export type SignedResult = z.output<typeof resultSchema>;
/** A verifier's seal that was answered. */
export type KeptSeal = z.output<typeof sealSchema>;
/** What a node must not forget about a job. */
export type JobRecord = z.output<typeof jobRecordSchema>;

export interface JobRecords {
    get(escrow: Address, jobId: number): JobRecord | undefined;
    /** Jobs that were not over when the node ended. */
    open(): JobRecord[];
    /**
     * Keeps a record; it is on disk when this returns, so that what it says may be signed.
     *
     * @throws RootConflictError for another root than the one that was kept
     */
    put(record: JobRecord): void;
    /** Forgets a job that was never bid for. */
    remove(escrow: Address, jobId: number): void;
    /** Forgets idle ones whose jobs must have ended since. */
    prune(idleBefore: number): void;
}

/** Names a job in logs, maps and tables. */
export function jobKey(escrow: Address, jobId: number): string {
    return `${escrow.toRawString()}/${jobId}`;
}

export function createJobRecords(
    table: Table<string, JobRecord>,
    atomically: <T>(work: () => T) => T,
): JobRecords {
    const all = () => [...table.entries()].map(({ value }) => value);
    return {
        get: (escrow, jobId) => table.get(jobKey(escrow, jobId)),
        open: () => all().filter(({ idleSince }) => idleSince === undefined),
        put: (record) => {
            const key = jobKey(record.escrow, record.jobId);
            atomically(() => {
                const signed = table.get(key)?.result;
                if (signed !== undefined && record.result?.root !== signed.root) {
                    throw new RootConflictError(key);
                }
                table.put(key, record);
            });
        },
        remove: (escrow, jobId) => table.remove(jobKey(escrow, jobId)),
        prune: (idleBefore) => {
            for (const { escrow, jobId, idleSince = Infinity } of all()) {
                if (idleSince < idleBefore) table.remove(jobKey(escrow, jobId));
            }
        },
    };
}
