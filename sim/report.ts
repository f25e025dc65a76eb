import { type Column, table } from '../cli/terminal/table';
import type { Row } from './row';

const COLUMNS: readonly Column[] = [
    { title: 'topic' },
    { title: 'quantity' },
    { title: 'setting' },
    { title: 'formula', right: true },
    { title: 'simulated', right: true },
    { title: '95 % interval' },
    { title: 'agree' },
];

/** All rows as one table. */
export function renderRows(rows: readonly Row[]): string {
    return table(
        COLUMNS,
        rows.map((row) => [
            row.topic,
            row.quantity,
            row.setting,
            figure(row.formula),
            figure(row.simulated),
            `${figure(row.interval[0])} to ${figure(row.interval[1])}`,
            row.agrees ? 'yes' : 'NO',
        ]),
    );
}

/** Four significant digits. */
export function figure(value: number): string {
    if (value === 0) return '0';
    const size = Math.abs(value);
    if (size >= 1e6 || size < 1e-3) return value.toExponential(2);
    return String(Number(value.toPrecision(4)));
}
