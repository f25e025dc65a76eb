import { Address } from '@ton/core';
import { isCocoonError } from '../../protocol';

/**
 * A value as JSON text on one line: bigints as decimal strings, addresses in their friendly form,
 * bytes as hex.
 */
export function jsonText(value: unknown): string {
    return JSON.stringify(plain(value));
}

function plain(value: unknown): unknown {
    if (typeof value === 'bigint') return value.toString();
    if (typeof value !== 'object' || value === null) return value;
    if (Address.isAddress(value)) return value.toString();
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    if (value instanceof Date) return value.toISOString();
    if (Array.isArray(value)) return value.map(plain);
    if (value instanceof Error) return failureOf(value);
    if ('toJSON' in value && typeof value.toJSON === 'function') {
        return plain((value.toJSON as () => unknown)());
    }
    if (value instanceof Map) return plain(Object.fromEntries(value));
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

/** What programs are told of an error. */
export interface Failure {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
}

/** Any thrown value as code, message and hint; the stack is left out. */
export function failureOf(error: unknown): Failure {
    if (isCocoonError(error)) {
        return { code: error.code, message: error.message, hint: error.hint };
    }
    const message = error instanceof Error ? error.message : String(error);
    return {
        code: systemCode(error) ?? 'UNEXPECTED',
        message: message === '' ? 'Something failed without saying why.' : message,
        hint: 'Set COCOON_DEBUG=1 and run it again to see where it happened.',
    };
}

/** `ENOSPC` and the like. */
function systemCode(error: unknown): string | undefined {
    if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
    return typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code) ? error.code : undefined;
}
