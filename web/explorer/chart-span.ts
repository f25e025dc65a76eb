/** Seconds that a chart shows at the least, and beyond its first and last value. */
const BARS = { least: 6 * 86_400, beside: 43_200 };
const LINE = { least: 3_600, beside: 60 };
/** Below it the hour tells more than the day, seconds. */
const HOURS_BELOW = 2 * 86_400;

/** From when to when a chart goes: bars of days are whole, and a few values do not fill it alone. */
export function spanOf(times: readonly number[], bars: boolean): [from: number, to: number] {
    const { least, beside } = bars ? BARS : LINE;
    const end = times.at(-1) ?? 0;
    return [Math.min(times[0] ?? 0, end - least) - beside, end + beside];
}

/** How the times under a chart are written. */
export function ticksIn(language: string, [from, to]: readonly [number, number]) {
    const parts =
        to - from < HOURS_BELOW
            ? ({ hour: 'numeric', minute: '2-digit' } as const)
            : ({ month: 'short', day: 'numeric' } as const);
    return new Intl.DateTimeFormat(language, parts);
}
