import { sleep } from './retry';

/** How long work may hold the event loop, milliseconds. */
const HOLD_MS = 8;

/** Lets the event loop turn now and then during long work on a page or in a node. */
export class Breather {
    #heldSince = performance.now();

    /** Whether it is time to call `breathe`. */
    get due(): boolean {
        return performance.now() - this.#heldSince >= HOLD_MS;
    }

    /** @throws the reason of the signal */
    async breathe(signal?: AbortSignal): Promise<void> {
        await sleep(0, signal);
        this.#heldSince = performance.now();
    }
}
