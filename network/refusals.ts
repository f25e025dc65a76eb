/** Counts what a node refused, by reason. */
export class Refusals {
    readonly #counts = new Map<string, number>();

    count(reason: string): void {
        this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    }

    get counts(): Readonly<Record<string, number>> {
        return Object.fromEntries(this.#counts);
    }
}
