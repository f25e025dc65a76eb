import { z } from 'zod';
import { parseHours } from './hours';

/** One preference. Its values are those of YAML, and texts on the command line mean the same. */
export interface PreferenceKey<T> {
    /** What it does, for the file, the commands and the docs. */
    readonly says: string;
    /** What is allowed, as the end of the sentence "It is …". */
    readonly allowed: string;
    /** Its value where the file has none, as the file would have it; undefined: there is none. */
    readonly usual: PreferenceValue | undefined;
    readonly schema: z.ZodType<T>;
    readonly kind: 'text' | 'number' | 'yes-no' | 'list';
    /** Of a number. */
    readonly unit?: string;
    /** All values that there are, where they can be told. */
    readonly choices?: readonly string[];
}

/** A value as it stands in the file. */
export type PreferenceValue = string | number | boolean | readonly string[];

type Kind<T> = Pick<PreferenceKey<T>, 'allowed' | 'schema' | 'kind' | 'unit' | 'choices'>;

export function key<T>(kind: Kind<T>, usual: PreferenceValue, says: string): PreferenceKey<T> {
    return { ...kind, usual, says };
}

/** A preference that may stay unset. */
export function unsetKey<T>(kind: Kind<T>, says: string): PreferenceKey<T | undefined> {
    return { ...kind, schema: kind.schema.optional(), usual: undefined, says };
}

export const yesOrNo: Kind<boolean> = {
    allowed: 'true or false',
    schema: z.boolean(),
    kind: 'yes-no',
};

export function number(min: number, max: number, unit: string): Kind<number> {
    return {
        allowed: `a number of ${unit} from ${min} to ${max}`,
        schema: z.number().min(min).max(max),
        kind: 'number',
        unit,
    };
}

export function wholeNumber(min: number, max: number, unit: string): Kind<number> {
    return {
        allowed: `a whole number of ${unit} from ${min} to ${max}`,
        schema: z.number().int().min(min).max(max),
        kind: 'number',
        unit,
    };
}

export function oneOf<const T extends string>(...names: readonly [T, ...T[]]): Kind<T> {
    const allowed = `one of ${names.join(', ')}`;
    return { allowed, schema: z.enum(names), kind: 'text', choices: names };
}

/** Names of programs, as the system lists them. */
export const programNames: Kind<readonly string[]> = {
    allowed: 'a list of names of programs, without their folders',
    schema: z
        .array(
            z
                .string()
                .min(1)
                .max(100)
                .regex(/^[^/\\]+$/),
        )
        .max(100)
        .readonly(),
    kind: 'list',
};

export const hoursOfDay = {
    allowed: 'always, never, or ranges such as 22:00-06:00, 12:30-13:30',
    schema: z.string().transform((text, context) => {
        const ranges = parseHours(text);
        if (ranges !== undefined) return ranges;
        context.addIssue({ code: 'custom', message: 'no hours of a day' });
        return z.NEVER;
    }),
    kind: 'text' as const,
};
