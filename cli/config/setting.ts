import { Address, toNano } from '@ton/core';
import { z } from 'zod';
import { Secret } from '../keystore/secret';

/**
 * One setting. Values come as texts, whether from the file, the environment or a flag, so that all
 * of them mean the same.
 */
export interface Setting<T> {
    readonly says: string;
    /** What is allowed, as the end of the sentence "It is …". */
    readonly allowed: string;
    readonly example: string;
    /** Its value in the file where none is given; undefined: there is none. */
    readonly usual: string | readonly string[] | undefined;
    /** Whether it is a list of texts. */
    readonly list: boolean;
    /** Whether its value is never shown. */
    readonly secret?: boolean;
    readonly schema: z.ZodType<T>;
}

interface About {
    readonly says: string;
    readonly example: string;
}

type Kind<T> = Pick<Setting<T>, 'allowed' | 'schema' | 'list' | 'secret'>;

/** A setting that may stay unset. */
export function optional<T>(kind: Kind<T>, about: About): Setting<T | undefined> {
    return { ...kind, ...about, schema: kind.schema.optional(), usual: undefined };
}

/** A setting with a value where nothing else is said. */
export function setting<T>(
    kind: Kind<T>,
    usual: string | readonly string[],
    about: About,
): Setting<T> {
    return { ...kind, ...about, usual };
}

function one<T>(allowed: string, schema: z.ZodType<T>): Kind<T> {
    return { allowed, schema, list: false };
}

export const text = one('a text', z.string().min(1).max(500));

export const secretText: Kind<Secret> = {
    allowed: 'a text',
    schema: z
        .string()
        .min(1)
        .max(500)
        .transform((value) => new Secret(value)),
    list: false,
    secret: true,
};

export function choice<const T extends string>(...names: readonly [T, ...T[]]): Kind<T> {
    return one(`one of ${names.join(', ')}`, z.enum(names));
}

/** A list of one or more of some names, each once. */
export function choices<const T extends string>(
    ...names: readonly [T, ...T[]]
): Kind<readonly T[]> {
    return {
        allowed: `a list of one or more of ${names.join(', ')}`,
        schema: z
            .array(z.enum(names))
            .min(1)
            .refine((chosen) => new Set(chosen).size === chosen.length)
            .readonly(),
        list: true,
    };
}

export const yesOrNo = one(
    'true or false',
    z.enum(['true', 'false']).transform((value) => value === 'true'),
);

export function integer(min: number, max: number, unit = ''): Kind<number> {
    const numbers = `a whole number${unit && ` of ${unit}`} from ${min} to ${max}`;
    return one(
        numbers,
        z
            .string()
            .regex(/^-?\d{1,15}$/)
            .transform(Number)
            .refine((value) => value >= min && value <= max),
    );
}

export function decimal(min: number, max: number, unit = ''): Kind<number> {
    return one(
        `a number${unit && ` of ${unit}`} from ${min} to ${max}`,
        z
            .string()
            .regex(/^\d{1,12}(\.\d{1,9})?$/)
            .transform(Number)
            .refine((value) => value >= min && value <= max),
    );
}

/** An amount as nanoGRAM. */
export const gram = one(
    'an amount in GRAM with at most nine decimals',
    z
        .string()
        .regex(/^\d{1,10}(\.\d{1,9})?$/)
        .transform((value) => toNano(value)),
);

export const port = integer(0, 65_535);

const httpUrl = z.string().refine((value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, username, password } = new URL(value);
    return /^https?:$/.test(protocol) && username === '' && password === '';
});

export const url = one('a URL that begins with http:// or https://, without a password', httpUrl);

/** The endpoint of a node that is reached by its key alone. */
export const BY_KEY = 'p2p';

/** What a Stake can hold as its endpoint. */
export const endpointUrl = one(
    `a URL that begins with http:// or https://, at most 120 characters of ASCII, or ${BY_KEY}`,
    z
        .literal(BY_KEY)
        .or(httpUrl.regex(/^[\x21-\x7e]{1,120}$/).transform((value) => value.replace(/\/+$/, ''))),
);

export const urls: Kind<readonly string[]> = {
    allowed: 'a list of URLs that begin with http:// or https://',
    schema: z.array(httpUrl).readonly(),
    list: true,
};

/** One URL or more: a single one needs no brackets. */
export const someUrls: Kind<readonly string[]> = {
    allowed: 'one or more URLs that begin with http:// or https://, without a password',
    schema: z.array(httpUrl).min(1).max(8).readonly(),
    list: true,
};

export const address = one('an address of the basechain', z.string().transform(toAddress));

export const addresses: Kind<readonly Address[]> = {
    allowed: 'a list of addresses of the basechain',
    schema: z.array(z.string().transform(toAddress)).readonly(),
    list: true,
};

export const texts: Kind<readonly string[]> = {
    allowed: 'a list of texts',
    schema: z.array(z.string().min(1).max(200)).readonly(),
    list: true,
};

function toAddress(value: string, context: z.RefinementCtx): Address {
    try {
        const parsed = Address.parse(value);
        if (parsed.workChain === 0) return parsed;
    } catch {
        // Told below.
    }
    context.addIssue({ code: 'custom', message: 'not an address' });
    return z.NEVER;
}
