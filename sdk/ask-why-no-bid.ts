import type { Address } from '@ton/core';
import { type Hash, hashToHex } from '../protocol';
import type { CallOptions } from './chain';
import { TransferRefusedError } from './delivery-errors';
import { MAX_WHY_BYTES, type NoBidReason, parseWhy, whyPath } from './no-bid-reason';
import { endpointUrl } from './result-document';
import { download, type Fetch } from './transfer';

export interface AskWhyNoBidRequest extends CallOptions {
    readonly escrow: Address;
    readonly jobId: number;
    /** Hash of the spec that was announced: `PreparedJob.specHash`, or that of the terms on chain. */
    readonly spec: Hash;
    /** URLs of nodes; see `discoverNodes`. */
    readonly endpoints: readonly string[];
    readonly fetch?: Fetch | undefined;
    /** Longest silence of a node, milliseconds; 5,000 unless set. */
    readonly timeoutMs?: number | undefined;
}

/** What nodes say of a job that they did not bid for. */
export interface NoBidAnswers {
    readonly answers: readonly { readonly endpoint: string; readonly reason: NoBidReason }[];
    /** Nodes that do not know the job: it was not announced to them, or they were not there. */
    readonly unaware: readonly string[];
    readonly failed: readonly { readonly endpoint: string; readonly reason: string }[];
}

const TIMEOUT_MS = 5_000;
const NOT_FOUND = 404;

/**
 * Asks nodes why they did not bid for a job. What they say is their word alone: take it as a hint
 * to what to change, and let nobody spend by it unasked.
 *
 * @throws the reason of the signal
 * @example
 * const nodes = await discoverNodes({ chain, deployment });
 * const endpoints = nodes.map(({ endpoint }) => endpoint);
 * const { answers } = await askWhyNoBid({ escrow, jobId, spec: job.specHash, endpoints });
 */
export async function askWhyNoBid(request: AskWhyNoBidRequest): Promise<NoBidAnswers> {
    const { escrow, jobId, spec, endpoints, fetch, signal, timeoutMs = TIMEOUT_MS } = request;
    const path = whyPath(escrow, jobId, hashToHex(spec));
    const tooLarge = () => new TypeError('The answer is too large.');
    const options = { maxBytes: MAX_WHY_BYTES, timeoutMs, fetch, signal };
    const outcomes = await Promise.all(
        [...new Set(endpoints)].map(async (endpoint) => {
            try {
                const url = endpointUrl(endpoint, path);
                return { endpoint, reason: parseWhy(await download(url, options, tooLarge)) };
            } catch (error) {
                signal?.throwIfAborted();
                return {
                    endpoint,
                    error: error instanceof Error ? error : new Error(String(error)),
                };
            }
        }),
    );
    const failures = outcomes.flatMap(({ endpoint, error }) =>
        error === undefined ? [] : [{ endpoint, error }],
    );
    const isUnaware = ({ error }: { readonly error: unknown }) =>
        error instanceof TransferRefusedError && error.status === NOT_FOUND;
    return {
        answers: outcomes.flatMap(({ endpoint, reason }) =>
            reason === undefined ? [] : [{ endpoint, reason }],
        ),
        unaware: failures.filter(isUnaware).map(({ endpoint }) => endpoint),
        failed: failures
            .filter((failure) => !isUnaware(failure))
            .map(({ endpoint, error }) => ({
                endpoint,
                reason: error.message,
            })),
    };
}
