import { Cell, loadMessage, type Slice } from '@ton/core';
import type { RpcCall } from '../sdk/faulty-endpoint';

/**
 * All external messages of one kind that went by an endpoint.
 *
 * @param load - a generated reader, which throws for messages of another kind
 */
export function sentMessages<T>(calls: readonly RpcCall[], load: (body: Slice) => T): T[] {
    return calls.flatMap(({ method, params }) => {
        if (method !== 'sendBoc') return [];
        const [root] = Cell.fromBoc(Buffer.from(String(params['boc']), 'base64'));
        if (root === undefined) return [];
        try {
            return [load(loadMessage(root.beginParse()).body.beginParse())];
        } catch {
            return [];
        }
    });
}

/** The root of a commit. */
export function rootIn(result: Cell): bigint {
    return result.beginParse().skip(256).loadUintBig(256);
}
