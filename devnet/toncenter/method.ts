import type { Cell } from '@ton/core';
import type { z } from 'zod';
import type { Chain } from '../chain';
import { MalformedRequestError } from '../errors';

/** What a method works on. */
export interface MethodContext {
    readonly chain: Chain;
    /** Takes an external message to the chain and, where blocks are made at once, into a block. */
    readonly send: (message: Cell) => Promise<void>;
}

/** One method of the interface, by JSON-RPC, by GET and by POST. */
export interface Method {
    /** Whether it changes the chain, and so must not be a GET. */
    readonly changes: boolean;
    /** Whether its parameters fit a query string. */
    readonly get: boolean;
    run(context: MethodContext, params: unknown): unknown;
}

/** A method from the form of its parameters and what it does with them. */
export function method<T>(
    params: z.ZodType<T>,
    run: (context: MethodContext, params: T) => unknown,
    traits: { changes?: boolean; get?: boolean } = {},
): Method {
    const changes = traits.changes ?? false;
    return {
        changes,
        get: traits.get ?? !changes,
        run: (context, input) => run(context, parse(params, input)),
    };
}

/** Parses what came from outside, or throws a MalformedRequestError that names the fields. */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
    const result = schema.safeParse(input);
    if (result.success) return result.data;
    const problems = result.error.issues.map(({ path, message }) =>
        path.length === 0 ? message : `${path.join('.')}: ${message}`,
    );
    throw new MalformedRequestError(`Malformed parameters: ${problems.join('; ')}`, result.error);
}
