import { sleep } from '../sdk';
import { PassError } from './errors';

export interface RoomOptions {
    /** Jobs that a node has bid for, or won and not committed, at a time. */
    readonly maxJobs: number;
    /** Looks at a time; 8 unless set. */
    readonly maxLooks?: number;
    /** Jobs that are looked at, or wait, at a time; 128 unless set. */
    readonly maxUndecided?: number;
    /** Milliseconds that only grow. */
    readonly now?: () => number;
}

/**
 * What a node may look at, and what it may bid for. A bid counts as a job, since it may win; a look
 * does not, and has a bound of its own. Who finds no room waits, and those whose time for bids ends
 * first go first.
 */
export interface Room {
    readonly maxJobs: number;
    /** Jobs that were bid for and may be won, and jobs that were won and are not committed. */
    readonly taken: number;
    /** Jobs that wait for a look, or for room. */
    readonly waiting: number;
    /**
     * @param more - jobs that are about to enter
     * @throws PassError where no other job may wait, or the node is about to end
     */
    checkEntry(more: number): void;
    /** @param mayHaveBid - a bid of earlier may win: the job takes room, and new bids wait until it is counted */
    enter(mayHaveBid: boolean): Place;
    /** Time that was promised is free again. */
    retry(): void;
    /** Lets no job be looked at, or be bid for, any more; resolves when none takes room. */
    close(): Promise<void>;
}

/** The place of one job. */
export interface Place {
    /** Takes room. */
    readonly holds: boolean;
    readonly waits: boolean;
    /** Whether new bids wait until this job is counted. */
    readonly unsettled: boolean;
    /** What part of the room other jobs take, 0 to 1 and more. */
    readonly load: number;
    /**
     * Whether it is this job's turn to be looked at; where it is not, it stands in line.
     *
     * @param endsAt - when its time for bids ends, UNIX seconds
     */
    mayLook(endsAt: number): boolean;
    /** Resolves when its turn has come, at the latest after this time. */
    turn(mostMs: number, signal: AbortSignal): Promise<void>;
    /** @throws PassError where there is no room for a bid now */
    check(): void;
    /** Takes room for a bid, which ends the look. @throws PassError as `check` */
    take(): void;
    /** The look found no room: back in line. `time`: what was promised leaves none. */
    back(lacks: 'room' | 'time'): void;
    /**
     * What the job names cannot be had: back in line, for another look in this time. Such looks go
     * after all others, and do not count among the undecided jobs.
     */
    defer(ms: number): void;
    /** Something that was lacking may have come: the next look is like a first one. */
    recall(): void;
    /** Ends a look, or leaves the line; what it takes stays taken. */
    pause(): void;
    /** What it may have to do is counted. */
    settle(): void;
    /** Gives the room back. */
    release(): void;
    /** It is over, or only waits for its client. */
    leave(): void;
}

const MAX_LOOKS = 8;
const MAX_UNDECIDED = 128;
/** A look that takes longer waits for a slow source, and keeps no other from its own. */
const SLOW_MS = 10_000;
/** Looks at a time with slow ones, as a multiple of what is usual. */
const WITH_SLOW = 4;
/** Of these, looks at jobs that could not be had before. */
const MAX_DEFERRED_LOOKS = 2;

interface Seat {
    phase: 'idle' | 'line' | 'looks';
    endsAt: number;
    /** When its look began. */
    since: number;
    /** It was looked at before. */
    seen: boolean;
    /** What was promised left no time for it, and nothing of that has ended since. */
    lacksTime: boolean;
    /** It was deferred, and not recalled: it is not looked at before. */
    notBefore: number | undefined;
    holds: boolean;
    unsettled: boolean;
    wake: (() => void) | undefined;
}

export function createRoom(options: RoomOptions): Room {
    const { maxJobs, maxLooks = MAX_LOOKS, maxUndecided = MAX_UNDECIDED } = options;
    const { now = () => performance.now() } = options;
    const seats = new Set<Seat>();
    const closings = new Set<() => void>();
    let closed = false;

    const count = (which: (seat: Seat) => boolean, beside?: Seat) =>
        [...seats].filter((seat) => seat !== beside && which(seat)).length;
    const holding = (beside?: Seat) => count(({ holds }) => holds, beside);
    const unsettled = (beside?: Seat) => count((seat) => seat.unsettled, beside);
    const looks = ({ phase }: Seat) => phase === 'looks';
    const isDeferred = ({ notBefore }: Seat) => notBefore !== undefined;
    const looksPromptly = (seat: Seat) => looks(seat) && now() - seat.since < SLOW_MS;

    /** Whether a look could lead to a bid; the first one tells why a job is none for this node. */
    const isUseful = (seat: Seat): boolean => {
        if (isDeferred(seat)) {
            if (now() < (seat.notBefore ?? 0)) return false;
            const others = (other: Seat) => looks(other) && isDeferred(other);
            if (count(others) >= MAX_DEFERRED_LOOKS) return false;
        }
        if (!seat.seen) return true;
        if (seat.lacksTime || unsettled(seat) > 0) return false;
        // Others of these are about to bid.
        const rivals = count((other) => looksPromptly(other) && other.seen, seat);
        return holding(seat) + rivals < maxJobs;
    };
    const mayBegin = () => {
        if (closed || count(looks) >= maxLooks * WITH_SLOW) return false;
        return count(looksPromptly) < maxLooks;
    };
    const dispatch = () => {
        if (closed && holding() === 0) for (const resolve of closings) resolve();
        while (mayBegin()) {
            const line = [...seats].filter((seat) => seat.phase === 'line' && isUseful(seat));
            const [next] = line.sort(
                (a, b) => Number(isDeferred(a)) - Number(isDeferred(b)) || a.endsAt - b.endsAt,
            );
            if (next === undefined) return;
            next.phase = 'looks';
            next.since = now();
            next.wake?.();
        }
    };
    const closing = () => new PassError('closing', 'The node takes no more jobs before its end.');
    const check = (seat: Seat) => {
        if (closed) throw closing();
        const jobs = holding(seat);
        const uncounted = unsettled(seat);
        if (jobs < maxJobs && uncounted === 0) return;
        const detail =
            jobs < maxJobs
                ? `${uncounted} jobs from before the node was started are not counted yet.`
                : `${jobs} jobs are bid for or being done, and maxJobs is ${maxJobs}.`;
        throw new PassError({ code: 'busy', jobs, maxJobs }, detail);
    };

    const placeOf = (seat: Seat): Place => ({
        get holds() {
            return seat.holds;
        },
        get waits() {
            return seat.phase === 'line';
        },
        get unsettled() {
            return seat.unsettled;
        },
        get load() {
            return holding(seat) / maxJobs;
        },
        mayLook(endsAt) {
            seat.endsAt = endsAt;
            if (seat.phase === 'idle') seat.phase = 'line';
            dispatch();
            return seat.phase === 'looks';
        },
        async turn(mostMs, signal) {
            dispatch();
            if (seat.phase !== 'line') return;
            const over = new AbortController();
            const earlyMs = (seat.notBefore ?? 0) - now();
            const ms = earlyMs > 0 ? Math.min(earlyMs, mostMs) : mostMs;
            const turn = new Promise<void>((resolve) => (seat.wake = resolve));
            const either = AbortSignal.any([signal, over.signal]);
            await Promise.race([turn, sleep(ms, either)]).finally(() => over.abort());
            seat.wake = undefined;
        },
        check: () => check(seat),
        take() {
            check(seat);
            seat.holds = true;
            this.pause();
        },
        back(lacks) {
            seat.seen = true;
            seat.lacksTime = lacks === 'time';
            seat.notBefore = undefined;
            seat.phase = 'line';
            dispatch();
        },
        defer(ms) {
            seat.seen = true;
            seat.lacksTime = false;
            seat.notBefore = now() + ms;
            seat.phase = 'line';
            dispatch();
        },
        recall() {
            seat.seen = false;
            seat.notBefore = undefined;
            dispatch();
        },
        pause() {
            if (seat.phase === 'looks') seat.seen = true;
            seat.phase = 'idle';
            seat.lacksTime = false;
            seat.notBefore = undefined;
            dispatch();
        },
        settle() {
            seat.unsettled = false;
            dispatch();
        },
        release() {
            seat.holds = false;
            this.settle();
        },
        leave() {
            seats.delete(seat);
            seat.phase = 'idle';
            this.release();
        },
    });

    return {
        maxJobs,
        get taken() {
            return holding();
        },
        get waiting() {
            return count(({ phase }) => phase === 'line');
        },
        checkEntry(more) {
            if (closed) throw closing();
            const others = count((seat) => !seat.holds && !isDeferred(seat)) + more;
            if (others < maxUndecided) return;
            const detail = `${others} other jobs are looked at, or wait for room.`;
            throw new PassError({ code: 'busy', jobs: others }, detail);
        },
        enter(mayHaveBid) {
            const seat: Seat = {
                ...{ phase: 'idle', endsAt: Infinity, since: 0, seen: false, lacksTime: false },
                ...{
                    notBefore: undefined,
                    holds: mayHaveBid,
                    unsettled: mayHaveBid,
                    wake: undefined,
                },
            };
            seats.add(seat);
            return placeOf(seat);
        },
        retry() {
            for (const seat of seats) seat.lacksTime = false;
            dispatch();
        },
        close() {
            closed = true;
            return new Promise((resolve) => {
                closings.add(resolve);
                dispatch();
            });
        },
    };
}
