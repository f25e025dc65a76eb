import type { RuntimeClock } from './clock';

/** How long a child was stopped, so that it is not charged with that. */
export class HeldTime {
    #since: number | undefined;
    #beforeMs = 0;
    /** Of which results have been relieved. */
    #toldMs = 0;

    constructor(private readonly clock: RuntimeClock) {}

    get held(): boolean {
        return this.#since !== undefined;
    }

    begin(): void {
        this.#since ??= this.clock.nowMs();
    }

    end(): void {
        if (this.#since === undefined) return;
        this.#beforeMs += this.clock.nowMs() - this.#since;
        this.#since = undefined;
    }

    /** Time as the child has had it, milliseconds: it stands still while the child is stopped. */
    workingMs(): number {
        return (this.#since ?? this.clock.nowMs()) - this.#beforeMs;
    }

    /** Takes out of results what the child's own clock counted while it was stopped. */
    relieve<T extends { readonly elapsedUs: number }>(results: readonly T[]): readonly T[] {
        if (results.length === 0) return results;
        const heldMs = this.clock.nowMs() - this.workingMs() - this.#toldMs;
        this.#toldMs += heldMs;
        const totalUs = results.reduce((sum, { elapsedUs }) => sum + elapsedUs, 0);
        if (heldMs <= 0 || totalUs === 0) return results;
        const part = Math.max(0, 1 - (heldMs * 1000) / totalUs);
        return results.map((result) => ({
            ...result,
            elapsedUs: Math.round(result.elapsedUs * part),
        }));
    }
}
