/** Waits, or rejects with the reason of the signal. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const abort = () => {
            clearTimeout(timer);
            reject(signal?.reason as Error);
        };
        const timer = setTimeout(() => {
            signal?.removeEventListener('abort', abort);
            resolve();
        }, ms);
        signal?.addEventListener('abort', abort, { once: true });
    });
}

/** Follows a promise until the signal ends; what the promise still does is dropped. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (signal === undefined) return work;
    return new Promise((resolve, reject) => {
        if (signal.aborted) {
            work.catch(() => undefined);
            return reject(signal.reason as Error);
        }
        const abort = () => reject(signal.reason as Error);
        signal.addEventListener('abort', abort, { once: true });
        work.finally(() => signal.removeEventListener('abort', abort)).then(resolve, reject);
    });
}

/** How often and how patiently something is tried again. */
export interface RetryPolicy {
    /** How often in all. */
    readonly attempts: number;
    /** Milliseconds before the second attempt; doubled for each further one. */
    readonly firstDelayMs: number;
    readonly maxDelayMs: number;
    /** 0 to 1, spreads the delays of many callers; `Math.random` unless set. */
    readonly random?: () => number;
}

/**
 * Does something again while it fails in a way that may pass.
 *
 * @throws the last error, or the reason of the signal
 */
export async function retry<T>(
    work: () => Promise<T>,
    mayPass: (error: unknown) => boolean,
    policy: RetryPolicy,
    signal?: AbortSignal,
): Promise<T> {
    const random = policy.random ?? Math.random;
    for (let attempt = 1, delayMs = policy.firstDelayMs; ; attempt++, delayMs *= 2) {
        signal?.throwIfAborted();
        try {
            return await untilAborted(work(), signal);
        } catch (error) {
            if (signal?.aborted || attempt >= policy.attempts || !mayPass(error)) throw error;
            await sleep(Math.min(delayMs, policy.maxDelayMs) * (0.5 + random() / 2), signal);
        }
    }
}
