import type { Logger } from 'pino';

const PRUNE_MS = 3_600_000;

/**
 * Drops what has become old, now and once an hour. A disk that is full is no reason to end: it is
 * tried again an hour later.
 *
 * @returns ends it
 */
export function keepPruned(state: { prune(): void }, logger: Logger): () => void {
    const prune = () => {
        try {
            state.prune();
        } catch (error) {
            logger.error({ err: error }, 'what has become old cannot be dropped');
        }
    };
    prune();
    const timer = setInterval(prune, PRUNE_MS);
    timer.unref();
    return () => clearInterval(timer);
}
