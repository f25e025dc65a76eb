import type { Address, Contract, OpenedContract } from '@ton/core';
import { type CocoonError, isCocoonError } from '../protocol';
import {
    AccountDataError,
    type AccountSnapshot,
    type CallOptions,
    type Chain,
    EndpointBehindError,
    EndpointBusyError,
    EndpointReplyError,
    EndpointsDisagreeError,
    EndpointTimeoutError,
    EndpointUnreachableError,
    sleep,
    untilAborted,
} from '../sdk';
import { EndpointLiesError, HistoryReplacedError } from './errors';

/** What a node knows of its way to the chain. Times milliseconds by the node's clock. */
export interface ChainHealth {
    /** The last answer that made sense. */
    readonly okAt: number | undefined;
    /** Failures since then. */
    readonly failures: number;
    readonly lastError: CocoonError | undefined;
    /** The latest time of the chain, UNIX seconds, and when it was heard. */
    readonly chainTime: number | undefined;
    readonly heardAt: number | undefined;
}

/** A chain whose answers are checked against what was heard before. */
export interface GuardedChain extends Chain {
    readonly health: ChainHealth;
    /** What was seen so far counts no more. */
    forget(): void;
}

export interface GuardOptions {
    readonly now: () => number;
    /** How long one answer may take in all, with what `connect` tries again, milliseconds. */
    readonly timeoutMs?: number | undefined;
    /** Told of each failure, and of the first answer after some. */
    readonly onFailure?: (error: CocoonError, failures: number) => void;
    readonly onRecovery?: (failures: number) => void;
}

const TIMEOUT_MS = 60_000;
/** Endpoints are many machines, some of which are a little behind, seconds. */
const BEHIND_SECONDS = 60;
/** How often an account is asked for before it is believed to have lost transactions. */
const LOOKS = 4;
/** Accounts whose newest transaction is remembered. */
const REMEMBERED = 1_000;

/** Whether an error says that the way to the chain is broken, which may pass. */
export function isEndpointTrouble(error: unknown): error is CocoonError {
    return (
        error instanceof EndpointUnreachableError ||
        error instanceof EndpointTimeoutError ||
        error instanceof EndpointBusyError ||
        error instanceof EndpointReplyError ||
        error instanceof AccountDataError ||
        error instanceof EndpointBehindError ||
        error instanceof EndpointsDisagreeError ||
        error instanceof EndpointLiesError
    );
}

/**
 * Guards a node against an endpoint that stalls, answers garbage or goes back in time: calls end,
 * what cannot be read becomes a typed error, and an account never gets younger.
 */
export function guardChain(chain: Chain, options: GuardOptions): GuardedChain {
    const { now, timeoutMs = TIMEOUT_MS } = options;
    const newest = new Map<string, bigint>();
    let okAt: number | undefined;
    let heardAt: number | undefined;
    let chainTime: number | undefined;
    let failures = 0;
    let lastError: CocoonError | undefined;

    const call = async <T>(
        name: string,
        signal: AbortSignal | undefined,
        work: () => Promise<T>,
    ): Promise<T> => {
        const timeout = AbortSignal.timeout(timeoutMs);
        const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
        try {
            const answer = await untilAborted(work(), either);
            okAt = now();
            if (failures > 0) options.onRecovery?.(failures);
            failures = 0;
            return answer;
        } catch (cause) {
            signal?.throwIfAborted();
            const error = typed(name, cause, timeout.aborted);
            if (isEndpointTrouble(error)) {
                failures++;
                lastError = error;
                options.onFailure?.(error, failures);
            }
            throw error;
        }
    };

    const checked = (address: Address, account: AccountSnapshot): AccountSnapshot => {
        // Several endpoints watch over each other, and forget what a liar alone has shown.
        if (chain.endpoints !== undefined) return heard(account);
        const key = address.toRawString();
        const seen = newest.get(key) ?? 0n;
        const lt = account.last?.lt ?? 0n;
        if (chainTime !== undefined && account.chainTime < chainTime - BEHIND_SECONDS) {
            const seconds = chainTime - account.chainTime;
            throw new EndpointLiesError(`the time of the chain went back by ${seconds} s.`);
        }
        if (lt < seen) throw new HistoryReplacedError(`${key} has lost transactions.`);
        newest.delete(key);
        newest.set(key, lt);
        for (const oldest of newest.keys()) {
            if (newest.size <= REMEMBERED) break;
            newest.delete(oldest);
        }
        return heard(account);
    };
    const heard = (account: AccountSnapshot) => {
        const before = chain.endpoints === undefined ? (chainTime ?? 0) : 0;
        chainTime = Math.max(before, account.chainTime);
        heardAt = now();
        return account;
    };

    const isBehind = (address: Address, { last, chainTime: time }: AccountSnapshot) =>
        (last?.lt ?? 0n) < (newest.get(address.toRawString()) ?? 0n) ||
        time < (chainTime ?? 0) - BEHIND_SECONDS;

    const account = (address: Address, { signal }: CallOptions = {}) =>
        call('getAddressInformation', signal, async () => {
            for (let look = 1; ; look++) {
                const answer = await chain.account(address, { signal });
                // One machine behind the endpoint may lag, and the next answer come from another.
                const alone = chain.endpoints === undefined;
                if (alone && look < LOOKS && isBehind(address, answer))
                    await sleep(chain.pollMs, signal);
                else return checked(address, answer);
            }
        });

    return {
        pollMs: chain.pollMs,
        endpoints: chain.endpoints,
        account,
        transactions: (address, page) =>
            call('getTransactions', page.signal, () => chain.transactions(address, page)),
        now: (options) => call('now', options?.signal, () => chain.now(options)),
        open: <T extends Contract>(contract: T, options: CallOptions = {}) =>
            guardCalls(chain.open(contract, options), (name, work) =>
                call(name, options.signal, work),
            ),
        forget: () => {
            newest.clear();
            chainTime = undefined;
        },
        get health() {
            return { okAt, failures, lastError, chainTime, heardAt };
        },
    };
}

/** Passes the calls of an opened contract through a guard. */
function guardCalls<T extends Contract>(
    contract: OpenedContract<T>,
    guard: (name: string, work: () => Promise<unknown>) => Promise<unknown>,
): OpenedContract<T> {
    return new Proxy(contract, {
        get(target, property) {
            const value: unknown = Reflect.get(target, property);
            const name = String(property);
            if (typeof value !== 'function' || !/^(get|send|is)/.test(name)) return value;
            return (...args: unknown[]) =>
                guard(name, () => Reflect.apply(value, target, args) as Promise<unknown>);
        },
    });
}

/** Errors of the project pass; anything else is an answer that could not be read. */
function typed(name: string, cause: unknown, timedOut: boolean): CocoonError {
    if (isCocoonError(cause)) return cause;
    const what = timedOut ? `it never answered ${name}.` : `its answer to ${name} makes no sense.`;
    return new EndpointLiesError(what, cause);
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;
/** A history that is another one for so many looks, some 15 s, is taken for the true one. */
export const FORK_FAILURES = 5;
/** The longest wait of a job or a check that has something at stake, milliseconds. */
export const AT_STAKE_DELAY_MS = 5_000;

/**
 * Waits before another attempt, longer after each failure, and never for as long as others that
 * failed at the same time.
 *
 * @param failures - so far, at least 1
 * @param longestMs - the longest wait; shorter where a deadline runs
 * @throws the reason of the signal
 */
export function backOff(
    failures: number,
    signal: AbortSignal,
    longestMs = LONGEST_DELAY_MS,
): Promise<void> {
    const delayMs = Math.min(longestMs, FIRST_DELAY_MS * 2 ** (failures - 1));
    return sleep(delayMs * (0.5 + Math.random() / 2), signal);
}
