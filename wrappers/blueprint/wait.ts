/**
 * Waits until a look at the chain finds what it looks for, once a second for two minutes: on every
 * network, a message takes some blocks to arrive.
 *
 * @throws Error if it is not found by then
 */
export async function waitUntil<T>(
    what: string,
    look: () => Promise<T | undefined>,
    { attempts = 240, intervalMs = 500 } = {},
): Promise<T> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
        const found = await look();
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
    throw new Error(`Waited in vain for ${what}. Look at the last transactions of the sender.`);
}
