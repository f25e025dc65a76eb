import { type CocoonError, isCocoonError } from '../protocol';
import {
    EndpointBehindError,
    EndpointBusyError,
    EndpointReplyError,
    EndpointTimeoutError,
    EndpointUnreachableError,
    ExternalRefusedError,
    GetterFailedError,
} from './errors';

/** What axios, which TonClient uses, throws; read by shape, since it is no dependency here. */
interface HttpFailure {
    readonly isAxiosError: true;
    readonly code?: string;
    readonly response?: { readonly status: number; readonly data: unknown };
}

const TIMEOUTS = new Set(['ECONNABORTED', 'ETIMEDOUT']);
const BUSY = new Set([429, 502, 503, 504]);

/**
 * The typed error for what TonClient threw. Errors of the project pass unchanged.
 *
 * @param call - name of the method or getter, for the message
 */
export function endpointFailure(endpoint: string, call: string, error: unknown): unknown {
    if (isHttpFailure(error)) return httpFailure(endpoint, error);
    if (!(error instanceof Error)) return error;
    const exit = /Got exit_code: (-?\d+)/.exec(error.message)?.[1];
    if (exit !== undefined) return new GetterFailedError(call, Number(exit));
    if (/^(Received error|Malformed response)/.test(error.message)) {
        return new EndpointReplyError(endpoint, error.message.slice(0, 200), error);
    }
    return error;
}

/** Whether the same call may succeed a little later. */
export function mayPass(error: unknown): boolean {
    return (
        error instanceof EndpointUnreachableError ||
        error instanceof EndpointTimeoutError ||
        error instanceof EndpointBusyError ||
        error instanceof EndpointBehindError
    );
}

/** Whether another endpoint may give the answer that this one did not give. */
export function isEndpointsFault(error: unknown): boolean {
    return mayPass(error) || error instanceof EndpointReplyError || !isCocoonError(error);
}

/** Whether the message surely did not reach the chain, so that sending it again is harmless. */
export function surelyUnsent(error: unknown): boolean {
    return error instanceof EndpointUnreachableError || error instanceof EndpointBusyError;
}

/** A URL as errors and logs may show it: without query and credentials, which may hold keys. */
export function shownEndpoint(endpoint: string): string {
    if (!URL.canParse(endpoint)) return endpoint;
    const url = new URL(endpoint);
    return `${url.protocol}//${url.host}${url.pathname}`;
}

function isHttpFailure(error: unknown): error is HttpFailure {
    return typeof error === 'object' && error !== null && 'isAxiosError' in error;
}

function httpFailure(endpoint: string, failure: HttpFailure): CocoonError {
    const { code = '', response } = failure;
    // The failure itself is not kept as cause: it holds the request with its API key.
    if (response === undefined) {
        return TIMEOUTS.has(code)
            ? new EndpointTimeoutError(endpoint, code)
            : new EndpointUnreachableError(endpoint, code);
    }
    const detail = detailOf(response.data);
    if (detail !== undefined && /external message|not accepted/i.test(detail)) {
        const exit = /exit ?code[=: ]+(-?\d+)/i.exec(detail)?.[1];
        return new ExternalRefusedError(exit === undefined ? undefined : Number(exit), detail);
    }
    if (BUSY.has(response.status)) return new EndpointBusyError(endpoint, response.status);
    return new EndpointReplyError(endpoint, `HTTP ${response.status}: ${detail ?? 'no reason'}`);
}

function detailOf(data: unknown): string | undefined {
    if (typeof data !== 'object' || data === null || !('error' in data)) return undefined;
    return typeof data.error === 'string' ? data.error.slice(0, 500) : undefined;
}
