/** Work that was begun and is owed by a deadline. */
export interface DutySpec {
    /** For people. */
    readonly name: string;
    /** When it has to be done, milliseconds since 1970. */
    readonly dueMs: number;
    /** Until when it can be given back for the cost of a message; undefined: it cannot. */
    readonly giveBackUntilMs?: number | undefined;
    /** What is left of it, milliseconds of one core at full speed. */
    readonly leftCoreMs: () => number;
    /** Short, with money at stake, and therefore never kept waiting: the duties of a verifier. */
    readonly atOnce?: boolean;
    /** Told when it has to wait, and when it goes on, with a sentence that says why. */
    readonly onChange?: (paused: boolean, detail: string) => void;
}

/** A duty while it is open. */
export interface Duty {
    /** Aborted when it is to be given back. */
    readonly signal: AbortSignal;
    /** It is done, or given up; may be called again. */
    end(): void;
}

export interface OpenDuty extends DutySpec {
    /** It is to be given back; the reason becomes that of its signal. */
    giveBack(reason: unknown): void;
    /** Whether it was told to wait. */
    paused: boolean;
}

/** All that was begun. */
export class Duties {
    readonly #open = new Set<OpenDuty>();

    /** @param onChange - called when one has come or gone */
    constructor(private readonly onChange: () => void) {}

    get open(): readonly OpenDuty[] {
        return [...this.#open];
    }

    begin(spec: DutySpec): Duty {
        const control = new AbortController();
        const duty = {
            ...spec,
            paused: false,
            giveBack: (reason: unknown) => control.abort(reason),
        };
        this.#open.add(duty);
        this.onChange();
        return {
            signal: control.signal,
            end: () => {
                if (this.#open.delete(duty)) this.onChange();
            },
        };
    }
}
