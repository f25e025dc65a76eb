import { Address, Cell } from '@ton/core';
import { z } from 'zod';

/**
 * The parameters that several methods share. A query string has only text, so that numbers and
 * booleans are taken in both forms.
 */

/** An address, raw or in one of the friendly forms. */
export const address = z.string().transform((text, context) => {
    try {
        return Address.parse(text);
    } catch {
        context.addIssue({ code: 'custom', message: 'not an address' });
        return z.NEVER;
    }
});

export const integer = z
    .union([
        z.number(),
        z
            .string()
            .regex(/^-?\d+$/, 'not a whole number')
            .transform(Number),
    ])
    .pipe(z.number().int());

/** A block number. */
export const seqno = integer.pipe(z.number().nonnegative());

/** A logical time: decimal, as text or as a number. */
export const logicalTime = z
    .union([z.number().int().nonnegative(), z.string().regex(/^\d+$/, 'not a logical time')])
    .transform(BigInt);

export const boolean = z.union([
    z.boolean(),
    z.enum(['true', '1']).transform(() => true),
    z.enum(['false', '0', '']).transform(() => false),
]);

/** 32 bytes, in hex, base64 or base64url. */
export const hash = z.string().transform((text, context) => {
    const hex = /^[0-9a-f]{64}$/i.test(text);
    const bytes = Buffer.from(text, hex ? 'hex' : 'base64');
    if (!hex && !/^[\w+/-]{43}=?$/.test(text)) {
        context.addIssue({ code: 'custom', message: 'not 32 bytes in hex or base64' });
        return z.NEVER;
    }
    return bytes;
});

/** A bag of cells with one root, in base64. */
export const boc = z.string().transform((text, context) => {
    try {
        return Cell.fromBase64(text);
    } catch {
        context.addIssue({ code: 'custom', message: 'not a bag of cells in base64' });
        return z.NEVER;
    }
});

/** A bag of cells that may be left out or empty. */
export const optionalBoc = z
    .literal('')
    .transform(() => undefined)
    .or(boc)
    .optional();

/** A shard, as the signed decimal of toncenter, the unsigned one, or 16 hex digits. */
export const shard = z
    .union([z.number(), z.string().regex(/^(-?\d{1,20}|[0-9a-f]{16})$/i, 'not a shard')])
    .transform((value) => {
        const text = String(value);
        const hex = /^[0-9a-f]{16}$/i.test(text);
        return BigInt.asUintN(64, hex ? BigInt(`0x${text}`) : decimal(text));
    });

/** A shard that lost its last digits on the way through a JSON number is the whole shard still. */
function decimal(text: string): bigint {
    return /^-?\d+$/.test(text) ? BigInt(text) : BigInt(Number(text));
}
