import type { MemoryUse } from '../preferences';

export interface MemoryKeeperOptions {
    /** Cores of the configuration. */
    readonly cores: number;
    /** Frees memory that nothing needs now. */
    readonly relieve: () => void;
    /** Milliseconds since 1970. */
    readonly now: () => number;
}

/** Keeps models within what they may have. */
export interface MemoryKeeper {
    /** Processes of each model that there must be less. */
    readonly spared: number;
    /** @param limitBytes - what all children may have; undefined where that is not known */
    look(memory: MemoryUse | undefined, limitBytes: number | undefined): void;
}

/** What was freed has to show first, milliseconds. */
const SHOWS_MS = 3_000;
/** With less than this part taken for so long, one more process is tried. */
const ROOMY = 0.6;
const ROOMY_MS = 60_000;

/** Models that nothing uses go first; then processes are taken away one by one. */
export function createMemoryKeeper({ cores, relieve, now }: MemoryKeeperOptions): MemoryKeeper {
    let spared = 0;
    let changedAt = 0;
    const change = (by: number) => {
        spared = Math.max(0, Math.min(cores - 1, spared + by));
        changedAt = now();
    };
    return {
        get spared() {
            return spared;
        },
        look(memory, limitBytes) {
            if (memory === undefined || limitBytes === undefined) return;
            const { ownBytes } = memory;
            const sinceMs = now() - changedAt;
            if (ownBytes > limitBytes) {
                relieve();
                if (sinceMs > SHOWS_MS) change(1);
            } else if (spared > 0 && ownBytes < limitBytes * ROOMY && sinceMs > ROOMY_MS) {
                change(-1);
            }
        },
    };
}
