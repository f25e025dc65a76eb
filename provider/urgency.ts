import type { NodeAction } from '../wrappers';

/**
 * What goes first, the lowest number before all others. Giving a job back or conceding costs a lock
 * where it comes too late; a claim, and a drawn job that nobody checks is paid unchecked; a bid only
 * earns nothing, and somebody else makes one.
 */
const RANKS: Readonly<Record<NodeAction['kind'], number>> = {
    concede: 0,
    decline: 0,
    claim: 1,
    bid: 2,
};

interface Waiting {
    readonly rank: number;
    readonly start: () => void;
}

/**
 * Runs one piece of work after another, by `RANKS`; of one rank, those that came first go first.
 */
export class UrgencyQueue {
    #waiting: Waiting[] = [];
    #busy = false;

    /** @param work - is told whether it had to wait */
    run<T>(kind: NodeAction['kind'], work: (waited: boolean) => Promise<T>): Promise<T> {
        const waits = this.#busy;
        return new Promise<T>((resolve, reject) => {
            const start = () => {
                this.#busy = true;
                work(waits)
                    .then(resolve, reject)
                    .finally(() => this.#next());
            };
            if (!waits) return start();
            const rank = RANKS[kind];
            const at = this.#waiting.findIndex((other) => other.rank > rank);
            this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { rank, start });
        });
    }

    #next(): void {
        this.#busy = false;
        this.#waiting.shift()?.start();
    }
}
