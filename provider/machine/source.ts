import { SourceError, type System } from './system';

/** One way in which something of the machine can be seen. */
export interface Source<T> {
    /** What doctor shows, such as `/sys/class/power_supply`. */
    readonly name: string;
    /** The systems that have it. */
    readonly platforms: readonly NodeJS.Platform[];
    /** Between two looks at least, milliseconds; each second unless set. */
    readonly everyMs?: number;
    /**
     * Looks.
     *
     * @throws SourceError why it cannot tell
     */
    read(system: System): Promise<T>;
    /** Frees what it holds. */
    close?(): void;
}

/** A source that was tried in vain. */
export interface Tried {
    readonly name: string;
    readonly why: string;
}

/** What a sensor says of itself. */
export interface SensorReport {
    readonly sensor: string;
    /** The source that is used; undefined: none tells. */
    readonly source: string | undefined;
    /** In words. */
    readonly value: string | undefined;
    /** Sources before it that do not tell here. */
    readonly tried: readonly Tried[];
    /** What the owner can do to have one; undefined where nothing helps or is needed. */
    readonly mend: string | undefined;
}

export interface SensorOptions<T> {
    readonly name: string;
    /** The best first. */
    readonly sources: readonly Source<T>[];
    readonly describe: (value: T) => string;
    /** What helps where no source tells. */
    readonly mend?: string;
}

/** After so many failures in a row other sources are tried. */
const PATIENCE = 3;
/** So long after a vain search sources are tried again, milliseconds. */
const SEARCH_MS = 60_000;

/** Something of the machine that is looked at again and again, from the best source there is. */
export class Sensor<T> {
    readonly #options: SensorOptions<T>;
    readonly #system: System;
    #source: Source<T> | undefined;
    #tried: Tried[] = [];
    #value: T | undefined;
    #lookedAt = -Infinity;
    #failures = 0;

    constructor(system: System, options: SensorOptions<T>) {
        this.#system = system;
        this.#options = options;
    }

    /** As it was seen last; undefined where nothing tells. */
    get value(): T | undefined {
        return this.#value;
    }

    /** Looks, if it is time to. */
    async look(): Promise<T | undefined> {
        const now = this.#system.now();
        const everyMs = this.#source === undefined ? SEARCH_MS : (this.#source.everyMs ?? 0);
        // A clock that was put back must not blind the sensor.
        if (Math.abs(now - this.#lookedAt) < everyMs) return this.#value;
        this.#lookedAt = now;
        if (this.#source === undefined) return this.#search();
        try {
            this.#value = await this.#source.read(this.#system);
            this.#failures = 0;
        } catch (error) {
            if (!(error instanceof SourceError)) throw error;
            if (++this.#failures < PATIENCE) return this.#value;
            this.#source.close?.();
            return this.#search();
        }
        return this.#value;
    }

    report(): SensorReport {
        const { name, describe, mend } = this.#options;
        const found = this.#source !== undefined;
        return {
            sensor: name,
            source: this.#source?.name,
            value: this.#value === undefined ? undefined : describe(this.#value),
            tried: this.#tried,
            mend: found ? undefined : mend,
        };
    }

    close(): void {
        this.#source?.close?.();
        this.#source = undefined;
    }

    async #search(): Promise<T | undefined> {
        this.#source = undefined;
        this.#value = undefined;
        this.#failures = 0;
        this.#tried = [];
        for (const source of this.#options.sources) {
            const { name, platforms } = source;
            if (!platforms.includes(this.#system.platform)) continue;
            try {
                this.#value = await source.read(this.#system);
                this.#source = source;
                return this.#value;
            } catch (error) {
                if (!(error instanceof SourceError)) throw error;
                this.#tried.push({ name, why: error.message });
                source.close?.();
            }
        }
        return undefined;
    }
}

/** @throws SourceError where a source says something else than it should */
export function numberFrom(text: string | undefined, what: string): number {
    const trimmed = text?.trim() ?? '';
    if (!/^-?\d+(\.\d+)?$/.test(trimmed)) throw new SourceError(`${what} is no number`);
    return Number(trimmed);
}
