/** Weekdays as the preferences name them, Monday first. */
export const WEEKDAYS = [
    'monday',
    'tuesday',
    'wednesday',
    'thursday',
    'friday',
    'saturday',
    'sunday',
] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/** From `start` up to and without `end`, minutes since midnight; over midnight where it ends first. */
export interface HoursRange {
    readonly start: number;
    readonly end: number;
}

export type WeekHours = Readonly<Record<Weekday, readonly HoursRange[]>>;

/** A moment as the clocks on the wall show it. */
export interface WallTime {
    readonly weekday: Weekday;
    /** Since midnight. */
    readonly minutes: number;
}

const DAY_MINUTES = 24 * 60;
const RANGE = /^(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)$/;

/**
 * Reads the hours of a day: `always`, `never`, or ranges such as `22:00-06:00, 12:30-13:30`. A range
 * that ends before it begins goes on into the next day.
 *
 * @returns undefined where the text is none of these
 */
export function parseHours(text: string): readonly HoursRange[] | undefined {
    const word = text.trim().toLowerCase();
    if (word === 'always') return [{ start: 0, end: DAY_MINUTES }];
    if (word === 'never') return [];
    const ranges: HoursRange[] = [];
    for (const part of word.split(',')) {
        const [, h1, m1, h2, m2] = RANGE.exec(part.trim()) ?? [];
        const start = Number(h1) * 60 + Number(m1);
        const end = Number(h2) * 60 + Number(m2);
        // Not a number where the text is no range: no comparison with it holds.
        if (!(start < DAY_MINUTES && end <= DAY_MINUTES && start !== end)) return undefined;
        ranges.push({ start, end });
    }
    return ranges;
}

/**
 * The time on the wall. An hour that the clocks skip in spring never comes, and one that they repeat
 * in autumn comes twice: what the owner sees is what counts.
 *
 * @param timeZone - IANA name; that of this machine unless set
 */
export function wallTime(nowMs: number, timeZone?: string): WallTime {
    const parts = formatFor(timeZone).formatToParts(nowMs);
    const value = (type: Intl.DateTimeFormatPartTypes) =>
        parts.find((part) => part.type === type)?.value ?? '';
    const name = value('weekday').toLowerCase();
    const weekday = WEEKDAYS.find((day) => day === name) ?? 'monday';
    return { weekday, minutes: Number(value('hour')) * 60 + Number(value('minute')) };
}

/** Making one takes longer than using it a hundred times. */
const formats = new Map<string | undefined, Intl.DateTimeFormat>();

function formatFor(timeZone: string | undefined): Intl.DateTimeFormat {
    const known = formats.get(timeZone);
    if (known !== undefined) return known;
    const format = new Intl.DateTimeFormat('en-US', {
        weekday: 'long',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        ...(timeZone !== undefined && { timeZone }),
    });
    formats.set(timeZone, format);
    return format;
}

/** Whether a time is within the hours of a week. */
export function withinHours(hours: WeekHours, { weekday, minutes }: WallTime): boolean {
    const yesterday = WEEKDAYS[(WEEKDAYS.indexOf(weekday) + 6) % 7] ?? weekday;
    const overnight = ({ start, end }: HoursRange) => end < start;
    return (
        hours[weekday].some((range) =>
            overnight(range)
                ? minutes >= range.start
                : minutes >= range.start && minutes < range.end,
        ) || hours[yesterday].some((range) => overnight(range) && minutes < range.end)
    );
}
