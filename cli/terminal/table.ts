/** Text for terminals: columns, amounts, times. */

const NANO = 1_000_000_000n;

/** An amount in GRAM with all nine digits, so that columns can be added up by eye. */
export function gram(nano: bigint): string {
    const sign = nano < 0n ? '-' : '';
    const size = nano < 0n ? -nano : nano;
    const whole = (size / NANO).toString().replace(/\B(?=(\d{3})+$)/g, ',');
    return `${sign}${whole}.${(size % NANO).toString().padStart(9, '0')}`;
}

/** An amount in GRAM with its sign. */
export function change(nano: bigint): string {
    return nano > 0n ? `+${gram(nano)}` : gram(nano);
}

/** Milliseconds as seconds. */
export function seconds(ms: number): string {
    return `${(ms / 1000).toFixed(2)} s`;
}

export interface Column {
    readonly title: string;
    /** Numbers stand at the right. */
    readonly right?: boolean;
}

/** A table with aligned columns and a line under its head; `-` as a row draws a line. */
export function table(
    columns: readonly Column[],
    rows: readonly (readonly string[] | '-')[],
): string {
    const widths = columns.map(({ title }, at) =>
        Math.max(title.length, ...rows.map((row) => (row === '-' ? 0 : (row[at] ?? '').length))),
    );
    const line = (cells: readonly string[]) =>
        columns
            .map(({ right }, at) => {
                const cell = cells[at] ?? '';
                const width = widths[at] ?? 0;
                return right ? cell.padStart(width) : cell.padEnd(width);
            })
            .join('  ')
            .trimEnd();
    const rule = widths.map((width) => '-'.repeat(width)).join('  ');
    const body = rows.map((row) => (row === '-' ? rule : line(row)));
    return [line(columns.map(({ title }) => title)), rule, ...body]
        .map((text) => `  ${text}`)
        .join('\n');
}

const BARS = ' ▁▂▃▄▅▆▇█';

/** Numbers from 0 to 1 as a row of bars, their means where there are more than columns. */
export function sparkline(values: readonly number[], width: number): string {
    const columns = Math.min(width, values.length);
    return Array.from({ length: columns }, (_, at) => {
        const start = Math.floor((at * values.length) / columns);
        const end = Math.max(start + 1, Math.floor(((at + 1) * values.length) / columns));
        const part = values.slice(start, end);
        const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
        return BARS[Math.min(BARS.length - 1, Math.max(0, Math.round(mean * (BARS.length - 1))))];
    }).join('');
}
