/** Chunks next to each other. */
export interface Run {
    readonly from: number;
    readonly count: number;
}

export interface ChunkPlanOptions {
    readonly chunks: number;
    /** What is there already. */
    readonly has: (index: number) => boolean;
    /** Milliseconds that only grow. */
    readonly now: () => number;
    /** A chunk that was asked for so long ago may be asked of another source, milliseconds. */
    readonly stealAfterMs: number;
}

/**
 * Who fetches what. Chunks are given out in order, each to one source; what a source leaves undone
 * goes back. Only when nothing else is left is a chunk that is overdue given to a second source.
 */
export class ChunkPlan {
    readonly #options: ChunkPlanOptions;
    /** Given out: when last. */
    readonly #asked = new Map<number, number>();
    /** Came back undone, in ascending order where they are taken from. */
    #returned: number[] = [];
    #next = 0;
    #waiting: (() => void)[] = [];
    #left: number;

    constructor(options: ChunkPlanOptions) {
        this.#options = options;
        let left = 0;
        for (let index = 0; index < options.chunks; index++) if (!options.has(index)) left++;
        this.#left = left;
    }

    /** Whether all chunks are there. */
    get done(): boolean {
        return this.#left === 0;
    }

    /** Chunks for a source that is free; undefined where all are given out. */
    take(most: number): Run | undefined {
        const from = this.#returned.shift() ?? this.#fresh();
        if (from === undefined) return undefined;
        let count = 1;
        while (count < most && this.#follows(from + count)) count++;
        const now = this.#options.now();
        for (let index = from; index < from + count; index++) this.#asked.set(index, now);
        return { from, count };
    }

    /** One chunk that another source is late with. */
    steal(): Run | undefined {
        const now = this.#options.now();
        // In the order of asking, since each is put to the end when it is asked for.
        for (const [index, at] of this.#asked) {
            if (now - at < this.#options.stealAfterMs) return undefined;
            this.#asked.delete(index);
            this.#asked.set(index, now);
            return { from: index, count: 1 };
        }
        return undefined;
    }

    /** A chunk is there. */
    settle(index: number): void {
        if (!this.#asked.delete(index)) {
            // Given back by one source while another, which stole it, went on.
            const at = this.#returned.indexOf(index);
            if (at === -1) return;
            this.#returned.splice(at, 1);
        }
        this.#left--;
        if (this.done) this.#wake();
    }

    /** A source gives up on chunks; those that came from elsewhere meanwhile are left out. */
    giveBack(indices: readonly number[]): void {
        const back = indices.filter((index) => this.#asked.delete(index));
        if (back.length === 0) return;
        this.#returned = [...new Set([...this.#returned, ...back])].sort((a, b) => a - b);
        this.#wake();
    }

    /** Returns when there may be something to take, or to steal, or all is done. */
    change(withinMs: number): Promise<void> {
        return new Promise((resolve) => {
            const timer = setTimeout(resolve, withinMs);
            this.#waiting.push(() => {
                clearTimeout(timer);
                resolve();
            });
        });
    }

    /** The next chunk that nobody was asked for. */
    #fresh(): number | undefined {
        const { chunks, has } = this.#options;
        while (this.#next < chunks && has(this.#next)) this.#next++;
        return this.#next < chunks ? this.#next++ : undefined;
    }

    #follows(index: number): boolean {
        if (this.#returned[0] === index) {
            this.#returned.shift();
            return true;
        }
        const { chunks, has } = this.#options;
        if (index !== this.#next || index >= chunks || has(index)) return false;
        this.#next++;
        return true;
    }

    #wake(): void {
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const wake of waiting) wake();
    }
}
