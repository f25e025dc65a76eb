import { table } from '../../cli/terminal/table';
import type { CheckSeries } from './run-checks';

/** What came of all checks of one kind of result, for one model. */
export interface SeriesFigures {
    readonly model: string;
    readonly kind: string;
    readonly honest: boolean;
    readonly checks: number;
    readonly bitEqual: number;
    /** Checks that did not pass: a cheat that was found, or an honest node that was wronged. */
    readonly failed: number;
    /** Checks beyond 8 tau, where a jury convicts. */
    readonly convicted: number;
    /** Checks beyond a quarter of tau: a juror whose classes lie so far apart gives no verdict. */
    readonly beyondQuarter: number;
    /** Quantiles of the distance over tau. */
    readonly least: number;
    readonly median: number;
    readonly p99: number;
    readonly most: number;
}

export function figuresOf({ model, kind, honest, checks }: CheckSeries): SeriesFigures {
    const sorted = checks.map(({ overTau }) => overTau).sort((a, b) => a - b);
    const at = (share: number) => {
        return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
    };
    const count = (which: (check: (typeof checks)[number]) => boolean) => {
        return checks.filter(which).length;
    };
    return {
        model,
        kind,
        honest,
        checks: checks.length,
        bitEqual: count(({ bitEqual }) => bitEqual),
        failed: count(({ passed }) => !passed),
        convicted: count(({ convicted }) => convicted),
        beyondQuarter: count(({ overTau }) => overTau > 0.25),
        least: at(0),
        median: at(0.5),
        p99: at(0.99),
        most: at(1),
    };
}

const right = true;

/** The honest checks as a table; none may fail. */
export function renderHonest(figures: readonly SeriesFigures[]): string {
    const rows = figures
        .filter(({ honest }) => honest)
        .map(({ model, kind, checks, bitEqual, median, p99, most, failed }) => [
            model,
            kind,
            String(checks),
            String(bitEqual),
            ...[median, p99, most].map(short),
            String(failed),
        ]);
    const columns = ['checks', 'bit-equal', 'median', '99 %', 'most', 'failed'];
    return table(
        [{ title: 'model' }, { title: 'class' }, ...columns.map((title) => ({ title, right }))],
        rows,
    );
}

/** The cheats as a table: how many were found, and how far they are out. */
export function renderCheats(figures: readonly SeriesFigures[]): string {
    const rows = figures
        .filter(({ honest }) => !honest)
        .map(({ model, kind, checks, failed, convicted, least, median, most }) => [
            model,
            kind,
            String(checks),
            percent(failed / checks),
            percent(convicted / checks),
            ...[least, median, most].map(short),
        ]);
    const columns = ['checks', 'caught', 'over 8 tau', 'least', 'median', 'most'];
    return table(
        [{ title: 'model' }, { title: 'cheat' }, ...columns.map((title) => ({ title, right }))],
        rows,
    );
}

function percent(share: number): string {
    return `${(100 * share).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;
}

function short(value: number): string {
    if (value === 0) return '0';
    if (value === Infinity) return 'exact';
    if (value >= 1000 || value < 0.001) return value.toExponential(1);
    return String(Number(value.toPrecision(2)));
}
