/** A set whose entries end by themselves; beyond its size the oldest go. */
export class Expiring {
    readonly #until = new Map<string, number>();

    /** @param now - milliseconds that only grow */
    constructor(
        private readonly ttlMs: number,
        private readonly most: number,
        private readonly now: () => number,
    ) {}

    add(key: string): void {
        this.#until.delete(key);
        this.#until.set(key, this.now() + this.ttlMs);
        const [oldest] = this.#until.keys();
        if (this.#until.size > this.most && oldest !== undefined) this.#until.delete(oldest);
    }

    has(key: string): boolean {
        const until = this.#until.get(key);
        if (until === undefined) return false;
        if (until > this.now()) return true;
        this.#until.delete(key);
        return false;
    }
}
