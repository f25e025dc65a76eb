import { Address } from '@ton/core';
import * as z from 'zod';
import { type HashHex, isHashHex } from '../../protocol';

/*
 * How values stand in the database: as JSON, with amounts as decimal text and accounts in their
 * raw form. What is written and what is read go through the same schema.
 */

export const amount = z.codec(z.string().regex(/^-?\d+$/), z.bigint(), {
    decode: (text) => BigInt(text),
    encode: (nano) => nano.toString(),
});

export const account = z.codec(z.string(), z.instanceof(Address), {
    decode: (text, context) => {
        try {
            return Address.parseRaw(text);
        } catch {
            context.issues.push({ code: 'custom', message: 'is no account', input: text });
            return z.NEVER;
        }
    },
    encode: (address) => address.toRawString(),
});

/** As base64. */
export const bytes = z.codec(z.base64(), z.instanceof(Uint8Array), {
    decode: (text) => new Uint8Array(Buffer.from(text, 'base64')),
    encode: (value) => Buffer.from(value).toString('base64'),
});

export const hash = z.custom<HashHex>((text) => typeof text === 'string' && isHashHex(text));

export const count = z.number().int().min(0);

/** Milliseconds since 1970 by the clock of this machine. */
export const instant = z.number().min(0);
