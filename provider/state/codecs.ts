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

export const hash = z.custom<HashHex>((text) => typeof text === 'string' && isHashHex(text));

export const count = z.number().int().min(0);

/** Milliseconds since 1970 by the clock of this machine. */
export const instant = z.number().min(0);
