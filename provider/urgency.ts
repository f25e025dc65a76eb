import type { NodeAction } from '../wrappers';

/** What a node need not do: it only earns nothing where it comes too late. */
const OFFERS: ReadonlySet<NodeAction['kind']> = new Set(['bid', 'claim']);

interface Waiting {
    readonly urgent: boolean;
    readonly start: () => void;
}

/**
 * Runs one piece of work after another. What would cost a lock if it came too late (giving a job
 * back, conceding) goes before what a node merely offers; in both classes those that came first go
 * first.
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
            const urgent = !OFFERS.has(kind);
            const at = urgent ? this.#waiting.findIndex((other) => !other.urgent) : -1;
            this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { urgent, start });
        });
    }

    #next(): void {
        this.#busy = false;
        this.#waiting.shift()?.start();
    }
}
