import { Address } from '@ton/core';
import * as z from 'zod';
import type { TransactionCursor } from './chain';
import { bytesToHex, hexToBytes } from '../protocol';
import { TicketMalformedError } from './errors';
import { SEED_BYTES } from './seed';

/**
 * What a client needs to follow and accept a job, also in another process. It holds the seed:
 * whoever has it can accept in the client's name.
 */
export interface JobTicket {
    readonly escrow: Address;
    readonly jobId: number;
    readonly seed: bigint;
    /** The Escrow's last transaction before the post. */
    readonly since: TransactionCursor | undefined;
    /** Of a sealed job, 32 bytes: whoever has them reads its inputs and outputs. */
    readonly contentKey?: Uint8Array | undefined;
}

const FORMAT = 'cocoon.ticket/1';
const MAX_JOB_ID = 2 ** 32 - 1;
const MAX_CHARACTERS = 4096;

const schema = z.strictObject({
    format: z.literal(FORMAT),
    escrow: z.string().regex(/^-?\d{1,3}:[0-9a-f]{64}$/, 'has to be a raw address'),
    jobId: z.number().int().min(0).max(MAX_JOB_ID),
    seed: z.string().regex(/^[0-9a-f]{32}$/, 'has to be 16 bytes in hex'),
    since: z
        .strictObject({ lt: z.string().regex(/^\d{1,20}$/), hash: z.string().max(64) })
        .nullable(),
    contentKey: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'has to be 32 bytes in hex')
        .optional(),
});

/**
 * A ticket as one line of JSON, to be kept where only the client can read it.
 *
 * @example
 * await postJob({ ...request, onTicket: (ticket) => writeFile(path, encodeTicket(ticket)) });
 */
export function encodeTicket({ escrow, jobId, seed, since, contentKey }: JobTicket): string {
    return JSON.stringify({
        format: FORMAT,
        escrow: escrow.toRawString(),
        jobId,
        seed: seed.toString(16).padStart(2 * SEED_BYTES, '0'),
        since: since === undefined ? null : { lt: since.lt.toString(), hash: since.hash },
        ...(contentKey && { contentKey: bytesToHex(contentKey) }),
    });
}

/**
 * Reads what `encodeTicket` wrote.
 *
 * @throws TicketMalformedError
 */
export function decodeTicket(text: string): JobTicket {
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const place = issue?.path.join('.') ?? '';
        throw new TicketMalformedError(`${place === '' ? '' : `${place}: `}${issue?.message}.`);
    }
    const { escrow, jobId, seed, since, contentKey } = parsed.data;
    return {
        escrow: Address.parseRaw(escrow),
        jobId,
        seed: BigInt(`0x${seed}`),
        since: since === null ? undefined : { lt: BigInt(since.lt), hash: since.hash },
        ...(contentKey !== undefined && { contentKey: hexToBytes(contentKey) }),
    };
}

function parseJson(text: string): unknown {
    try {
        if (text.length <= MAX_CHARACTERS) return JSON.parse(text);
    } catch {
        throw new TicketMalformedError('it is no JSON.');
    }
    throw new TicketMalformedError(`it has over ${MAX_CHARACTERS} characters.`);
}
