/** One line of what a node says or logs. */
export interface LogEntry {
    /** Counts from 1 since the start of the process. */
    readonly seq: number;
    /** Milliseconds since 1970. */
    readonly at: number;
    /** `says`: a sentence for the owner, as `start` prints it. */
    readonly level: 'says' | 'error' | 'warn' | 'info' | 'debug';
    readonly text: string;
    /** What else the line holds, as JSON; empty for nothing. */
    readonly more: string;
}

/** The end of what a node says and logs, in memory. */
export interface LogTail {
    /** Takes a line of the log as pino writes it: what that leaves out is left out here. */
    write(line: string): void;
    /** Takes a sentence for the owner. */
    say(text: string): void;
    /** Entries after a number, the oldest first; those that are gone are left out. */
    after(seq: number): readonly LogEntry[];
    /** Number of the newest entry; 0: there is none. */
    readonly last: number;
}

/** Lines that are kept, and characters of each. */
const MOST_LINES = 500;
const MOST_TEXT = 1_000;
const MOST_MORE = 2_000;

/** What is shown by itself, and who writes, which is the same in all lines. */
const SHOWN = new Set(['level', 'time', 'msg', 'err', 'pid', 'hostname', 'name']);

/** Levels of pino, the most severe first. */
const LEVELS = [
    [50, 'error'],
    [40, 'warn'],
    [30, 'info'],
] as const;

/** @param now milliseconds since 1970 */
export function createLogTail(now: () => number = Date.now): LogTail {
    const entries: LogEntry[] = [];
    let last = 0;
    const add = (entry: Omit<LogEntry, 'seq'>) => {
        entries.push({ ...entry, seq: ++last });
        if (entries.length > MOST_LINES) entries.shift();
    };
    return {
        write: (line) => add(readLine(line, now())),
        say: (text) => add({ at: now(), level: 'says', text: clip(text, MOST_TEXT), more: '' }),
        after: (seq) => entries.filter((entry) => entry.seq > seq),
        get last() {
            return last;
        },
    };
}

function readLine(line: string, now: number): Omit<LogEntry, 'seq'> {
    const fields = fieldsOf(line);
    if (fields === undefined) {
        return { at: now, level: 'info', text: clip(line.trim(), MOST_TEXT), more: '' };
    }
    const { level, time, msg } = fields;
    const error = briefError(fields['err']);
    const text = [msg, error?.message].filter((part) => typeof part === 'string').join(': ');
    const rest = Object.entries(fields).filter(([name]) => !SHOWN.has(name));
    const more = { ...Object.fromEntries(rest), ...(error !== undefined && { err: error }) };
    return {
        at: typeof time === 'number' ? time : now,
        level: LEVELS.find(([least]) => Number(level) >= least)?.[1] ?? 'debug',
        text: clip(text, MOST_TEXT),
        more: Object.keys(more).length === 0 ? '' : clip(JSON.stringify(more), MOST_MORE),
    };
}

function fieldsOf(line: string): Record<string, unknown> | undefined {
    try {
        const parsed: unknown = JSON.parse(line);
        const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
        return isObject ? (parsed as Record<string, unknown>) : undefined;
    } catch {
        return undefined;
    }
}

/** An error without its stack, which stands in the file. */
function briefError(err: unknown): Record<string, unknown> | undefined {
    if (typeof err !== 'object' || err === null) return undefined;
    return Object.fromEntries(Object.entries(err).filter(([name]) => name !== 'stack'));
}

function clip(text: string, most: number): string {
    return text.length <= most ? text : `${text.slice(0, most)}…`;
}
