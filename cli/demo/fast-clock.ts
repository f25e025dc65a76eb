import type { JobEvent } from '../../sdk';
import type { Stage } from './stage';

/**
 * Moves the clock of the embedded chain ahead where nothing more can happen in a window: all nodes
 * have bid, or nobody appeals. So windows are long enough for a slow machine, and no wait for others.
 */
export class FastClock {
    readonly #stage: Stage;
    readonly #tell: (step: string) => void;
    #biddingEnd = 0;
    #bids = 0;

    constructor(stage: Stage, tell: (step: string) => void = () => undefined) {
        this.#stage = stage;
        this.#tell = tell;
    }

    /** @param bidders - how many nodes may bid */
    hear(event: JobEvent, bidders: number): void {
        if (event.kind === 'listed') {
            this.#biddingEnd = event.biddingEnd;
            this.#bids = 0;
        } else if (event.kind === 'bid') {
            this.#bids += 1;
            if (this.#bids === bidders) this.#skipTo(this.#biddingEnd, 'all have bid');
        } else if (event.kind === 'found') {
            this.#skipTo(event.appealEnd, 'nobody appeals');
        }
    }

    #skipTo(until: number, why: string): void {
        const { devnet } = this.#stage;
        const seconds = until - devnet.now();
        if (seconds <= 0) return;
        this.#tell(`${why}: the clock of the chain goes ${seconds} s ahead`);
        void devnet.advanceTime(seconds);
    }
}
