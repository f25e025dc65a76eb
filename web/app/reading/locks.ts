/** Runs work that only one tab of the origin may do at a time. */
export type Locks = Pick<LockManager, 'request'>;

/**
 * Waits for a lock and runs work under it; the browser frees the lock when the tab closes.
 *
 * @param onWait - told once when another tab has it
 * @throws what the work throws; the reason of the signal while it waits
 */
export async function exclusively<T>(
    locks: Locks,
    name: string,
    work: () => Promise<T>,
    { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: () => void },
): Promise<T> {
    signal.throwIfAborted();
    const first = await locks.request(name, { ifAvailable: true }, async (lock) =>
        lock === null ? undefined : { value: await work() },
    );
    if (first !== undefined) return first.value;
    onWait();
    return locks.request(name, { signal }, work);
}

/** Nobody else goes on with this reading. */
export function readingLock(id: string): string {
    return `cocoon/reading/${id}`;
}

/** Jobs of one wallet are posted one after another: each takes the next id of its Escrow. */
export function payingLock(wallet: string): string {
    return `cocoon/pay/${wallet}`;
}
