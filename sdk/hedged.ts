export interface HedgeOptions<M, T> {
    readonly attempt: (member: M) => Promise<T>;
    /** After so long without an answer the next one is asked too, milliseconds. */
    readonly patienceMs: (member: M) => number;
    /** Whether another may answer where this error came; else it is the answer. */
    readonly mayDiffer: (error: unknown) => boolean;
    /** Told of each that was asked before the one that answered, and has not failed. */
    readonly onOutrun: (member: M, elapsedMs: number) => void;
    readonly now: () => number;
}

/**
 * Asks one after another until one answers: the next at once where one fails, and also where one
 * lets wait. What comes later than the first answer is dropped. For calls that only read.
 *
 * @param members - at least one, in the order in which they are asked
 * @throws the error of the first one where all have failed
 */
export function hedged<M, T>(members: readonly M[], options: HedgeOptions<M, T>): Promise<T> {
    const { attempt, patienceMs, mayDiffer, onOutrun, now } = options;
    return new Promise((resolve, reject) => {
        const waiting = new Map<M, number>();
        const errors = new Map<M, Error>();
        let asked = 0;
        let over = false;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const end = (finish: () => void) => {
            over = true;
            clearTimeout(timer);
            finish();
        };
        const next = () => {
            clearTimeout(timer);
            const member = members[asked++];
            if (member === undefined) return;
            waiting.set(member, now());
            if (asked < members.length) timer = setTimeout(next, patienceMs(member));
            attempt(member).then(
                (answer) => {
                    if (over) return;
                    waiting.delete(member);
                    for (const [other, since] of waiting) {
                        if (members.indexOf(other) < members.indexOf(member)) {
                            onOutrun(other, now() - since);
                        }
                    }
                    end(() => resolve(answer));
                },
                (reason: unknown) => {
                    const error = reason instanceof Error ? reason : new Error(String(reason));
                    if (over) return;
                    waiting.delete(member);
                    errors.set(member, error);
                    if (!mayDiffer(error)) end(() => reject(error));
                    else if (errors.size === members.length) {
                        end(() => reject(errors.get(members[0] as M) ?? error));
                    } else next();
                },
            );
        };
        next();
    });
}
