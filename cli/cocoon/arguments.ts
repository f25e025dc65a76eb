import { InvalidArgumentError } from 'commander';

/** Length of a dimension that a model leaves open. */
export type Dimension = readonly [name: string, length: number];

const TIME_UNITS: Readonly<Record<string, number>> = {
    ms: 1,
    s: 1000,
    min: 60_000,
    h: 3_600_000,
};
const SIZE_UNITS: Readonly<Record<string, number>> = {
    KiB: 1024,
    MiB: 1024 ** 2,
    GiB: 1024 ** 3,
};

/** A time such as `90s`, `500ms`, `10min` or `1h` as milliseconds; a bare number is seconds. */
export function duration(text: string): number {
    return quantity(text, TIME_UNITS, 's', 'It is a time such as 500ms, 90s, 10min or 1h.');
}

/** A size such as `512MiB` or `2GiB` as bytes; a bare number is MiB. */
export function size(text: string): number {
    return quantity(text, SIZE_UNITS, 'MiB', 'It is a size such as 64KiB, 512MiB or 2GiB.');
}

/** Dimensions such as `batch=1`, one after the other. */
export function dimensions(text: string, before: readonly Dimension[] = []): Dimension[] {
    const [, name, length] = /^(.+)=(\d{1,9})$/s.exec(text) ?? [];
    if (name !== undefined && Number(length) >= 1) return [...before, [name, Number(length)]];
    throw new InvalidArgumentError('It is a dimension such as batch=1.');
}

function quantity(
    text: string,
    units: Readonly<Record<string, number>>,
    bare: string,
    allowed: string,
): number {
    const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?) ?([A-Za-z]*)$/.exec(text) ?? [];
    const factor = units[unit === undefined || unit === '' ? bare : unit];
    const value = Math.round(Number(number) * (factor ?? NaN));
    if (value >= 1 && Number.isSafeInteger(value)) return value;
    throw new InvalidArgumentError(allowed);
}
