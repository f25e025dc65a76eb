import type { Address } from '@ton/core';
import type { Chain, Fetch } from '../sdk';
import { findEndpoints, sleep } from '../sdk';
import {
    blobStoreOf,
    type CommittedLeaf,
    type CommittedLeafRequest,
    fetchOutput,
    fetchProof,
    type ProvedLeaf,
} from './committed-leaf';
import { type DrawnKeyRequest, fetchDrawnKey } from './drawn-key';
import { LeafUnavailableError } from './errors';
import type { DataAttempt } from './state';

/*
 * What must be tried before committed data may be called missing. A verifier that reports it, and
 * a juror that seals it, says under its bond that all of this was done:
 *
 * - every source in turn: the node that the provider's Stake names on chain at that moment, then
 *   the blob stores that the spec names (which may have an output, though not its proof); for the
 *   key of a sealed job that node alone, since it is the one that has to hand it over;
 * - at least MIN_ATTEMPTS rounds through the sources, with pauses that double, so that they are
 *   spread over at least MIN_SECONDS of the chain's time, or over WINDOW_SHARE of what is left of
 *   the window where that is less;
 * - every attempt is kept with its time, its source and what the source said.
 *
 * docs/verifier.md says the same for people. Another transport changes how one source is asked,
 * and nothing of this.
 */

/** Rounds through all sources at the least. */
export const MIN_ATTEMPTS = 5;
/** From the first to the last round at the least, seconds of the chain. */
export const MIN_SECONDS = 15 * 60;
/** The most of what is left of the window that the rounds are spread over. */
export const WINDOW_SHARE = 0.6;
/** How long one source may be silent, milliseconds. */
export const SOURCE_TIMEOUT_MS = 30_000;
/** Attempts that are kept; the first and the last ones are those that show what was tried. */
const KEPT = 100;

export interface RoundsOptions {
    readonly chain: Chain;
    /** The provider's. */
    readonly stake: Address;
    readonly fetch: Fetch;
    /** When the answer is due, UNIX seconds of the chain. */
    readonly windowEnd: number;
    /** Attempts of an earlier start of the node, which count. */
    readonly before: readonly DataAttempt[];
    /** Keeps the attempts. */
    readonly onAttempt: (attempts: readonly DataAttempt[]) => void;
    readonly signal: AbortSignal;
}

export interface ObtainLeafOptions extends RoundsOptions {
    /** Blob stores of the spec. */
    readonly stores: readonly string[];
    readonly leaf: Omit<CommittedLeafRequest, 'fetch' | 'timeoutMs' | 'signal'>;
}

/**
 * When the rounds are due after the first one, seconds: pauses that double, the last one at the
 * end of the span.
 */
export function attemptTimes(firstAt: number, windowEnd: number): number[] {
    const left = Math.max(0, windowEnd - firstAt);
    const span = Math.min(MIN_SECONDS, Math.floor(left * WINDOW_SHARE));
    const whole = 2 ** (MIN_ATTEMPTS - 1) - 1;
    return Array.from(
        { length: MIN_ATTEMPTS },
        (_, round) => firstAt + Math.round((span * (2 ** round - 1)) / whole),
    );
}

/** What one round gave: what was asked for, or nothing, with all that was noted meanwhile. */
type Round<T> = (note: (source: string, said: string) => void) => Promise<T | undefined>;

/**
 * Tries in rounds, as often and for as long as the rule above says.
 *
 * @param what - which attempts of an earlier start count
 * @returns undefined once everything that has to be tried was tried in vain
 * @throws what a round throws, what the chain throws, the reason of the signal
 */
async function inRounds<T>(
    options: RoundsOptions,
    what: DataAttempt['what'],
    work: Round<T>,
): Promise<T | undefined> {
    const { chain, signal, windowEnd } = options;
    const attempts: DataAttempt[] = [...options.before];
    const made = () => attempts.filter((attempt) => attempt.what === what);
    const firstAt = made()[0]?.at ?? (await chain.now({ signal }));
    const times = attemptTimes(firstAt, windowEnd);
    for (let round = 0; ; round++) {
        // Rounds whose time passed while the node was away are made now, and counted from there.
        const dueAt = times[round];
        if (dueAt === undefined) return undefined;
        const at = await untilTime(options, dueAt);
        if (isDone(made(), round)) continue;
        const found = await work((source, said) => {
            attempts.push({ what, round, at, source, said });
            options.onAttempt(attempts.length > KEPT ? trimmed(attempts) : attempts);
        });
        if (found !== undefined) return found;
    }
}

/**
 * Gets a committed leaf with its output.
 *
 * @returns undefined once everything that has to be tried was tried in vain
 * @throws what the chain throws, the reason of the signal
 */
export async function obtainLeaf(options: ObtainLeafOptions): Promise<CommittedLeaf | undefined> {
    const { chain, signal } = options;
    let proved: ProvedLeaf | undefined;
    return inRounds(options, 'leaf', async (note) => {
        const request: CommittedLeafRequest = {
            ...options.leaf,
            fetch: options.fetch,
            timeoutMs: SOURCE_TIMEOUT_MS,
            signal,
        };
        const [endpoint] = await findEndpoints({ chain, stakes: [options.stake], signal });
        if (endpoint === undefined) note('stake', 'The stake names no endpoint.');
        else if (proved === undefined) {
            try {
                proved = await fetchProof(endpoint, request);
            } catch (error) {
                if (!(error instanceof LeafUnavailableError)) throw error;
                note(endpoint, error.message);
            }
        }
        if (proved === undefined) return undefined;
        const stores = [...(endpoint === undefined ? [] : [blobStoreOf(endpoint)])];
        for (const store of [...stores, ...options.stores]) {
            try {
                return await fetchOutput(proved, [store], request);
            } catch (error) {
                if (!(error instanceof LeafUnavailableError)) throw error;
                note(store, error.message);
            }
        }
        return undefined;
    });
}

export interface ObtainKeyOptions extends RoundsOptions {
    readonly key: Omit<DrawnKeyRequest, 'timeoutMs' | 'signal' | 'fetch'>;
}

/**
 * Gets the key of one item of a sealed job from the node that did it.
 *
 * @returns undefined once everything that has to be tried was tried in vain
 * @throws what the chain throws, the reason of the signal
 */
export async function obtainKey(options: ObtainKeyOptions): Promise<Uint8Array | undefined> {
    const { chain, fetch, signal } = options;
    return inRounds(options, 'key', async (note) => {
        const [endpoint] = await findEndpoints({ chain, stakes: [options.stake], signal });
        if (endpoint === undefined) {
            note('stake', 'The stake names no endpoint.');
            return undefined;
        }
        try {
            const request = { ...options.key, fetch, timeoutMs: SOURCE_TIMEOUT_MS, signal };
            return await fetchDrawnKey(endpoint, request);
        } catch (error) {
            if (!(error instanceof LeafUnavailableError)) throw error;
            note(endpoint, error.message);
            return undefined;
        }
    });
}

/** Whether a round was made before the node was started again. */
function isDone(attempts: readonly DataAttempt[], round: number): boolean {
    return attempts.some((attempt) => attempt.round === round);
}

function trimmed(attempts: readonly DataAttempt[]): DataAttempt[] {
    return [...attempts.slice(0, KEPT / 2), ...attempts.slice(-KEPT / 2)];
}

async function untilTime({ chain, signal }: RoundsOptions, dueAt: number): Promise<number> {
    for (;;) {
        const now = await chain.now({ signal });
        if (now >= dueAt) return now;
        await sleep(chain.pollMs, signal);
    }
}
